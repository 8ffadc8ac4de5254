// SPDX-License-Identifier: Apache-2.0
#include "model/float_estimator.h"

#include <cassert>
#include <utility>

#include "model/finite.h"
#include "model/mask.h"
#include "model/worst_case.h"

namespace tacet {
FloatEstimator::FloatEstimator(std::shared_ptr<const Model> model)
    : FloatEstimator(Network(std::move(model))) {}

FloatEstimator::FloatEstimator(std::shared_ptr<const Model> model,
                               std::shared_ptr<const NetworkWeights> weights,
                               const FloatKernels& kernels)
    : FloatEstimator(Network(std::move(model), std::move(weights), kernels)) {}

FloatEstimator::FloatEstimator(Network network)
    : network_(std::move(network)),
      arrays_(network_.model()),
      worst_case_seconds_(MeasureWorstCaseSeconds(*this)) {}

const FrontEndId& FloatEstimator::front_end() const {
  return network_.model().metadata().front_end;
}

int FloatEstimator::num_features() const {
  return network_.model().metadata().feature.num_features();
}

MaskKind FloatEstimator::mask_kind() const {
  return network_.model().metadata().mask == MaskRule::kComplex
             ? MaskKind::kComplex
             : MaskKind::kReal;
}

float FloatEstimator::max_mask_modulus() const {
  return MaxMaskModulus(network_.model().metadata().mask);
}

bool FloatEstimator::Submit(std::span<const float> features) noexcept
    TACET_REALTIME {
  assert(features.size() == static_cast<size_t>(num_features()));
  if (answer_ != Answer::kNone || !AllFinite(features)) return false;
  // Also where the caller has not done so: states that decay in silence would
  // end as denormals, each a hundred times as slow.
  const ScopedFlushDenormals flush_denormals;
  network_.Step(features, arrays_->state, arrays_->scratch, arrays_->outputs);
  answer_ = Answer::kReady;
  if (!arrays_->state.IsFinite() || !AllFinite(arrays_->outputs)) {
    arrays_->state.Reset();
    answer_ = Answer::kFailed;
  }
  return true;
}

bool FloatEstimator::Collect(std::span<std::complex<float>> mask) noexcept
    TACET_REALTIME {
  assert(mask.size() == static_cast<size_t>(kNumModelBins));
  if (std::exchange(answer_, Answer::kNone) != Answer::kReady) return false;
  network_.kernels().mask(network_.model().metadata().mask, arrays_->outputs,
                          mask);
  return true;
}

void FloatEstimator::Reset() noexcept TACET_REALTIME {
  arrays_->state.Reset();
  answer_ = Answer::kNone;
}

size_t FloatEstimator::state_size() const { return arrays_->state.size(); }

void FloatEstimator::ExportState(std::span<float> state) const noexcept
    TACET_REALTIME {
  arrays_->state.Export(state);
}

bool FloatEstimator::ImportState(std::span<const float> state) noexcept
    TACET_REALTIME {
  if (!arrays_->state.Import(state)) return false;
  answer_ = Answer::kNone;
  return true;
}

}  // namespace tacet
