// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/integer_estimator.h"

#include <cassert>
#include <utility>

#include "model/finite.h"
#include "model/mask.h"
#include "model/worst_case.h"

namespace tacet {

IntegerEstimator::IntegerEstimator(std::shared_ptr<const Model> model,
                                   std::shared_ptr<const FixedWeights> weights,
                                   const FixedKernels& kernels)
    : model_(std::move(model)),
      weights_(std::move(weights)),
      kernels_(kernels),
      arrays_(*weights_) {}

void IntegerEstimator::MeasureWorstCase() {
  worst_case_seconds_ = MeasureWorstCaseSeconds(*this);
}

const FrontEndId& IntegerEstimator::front_end() const {
  return model_->metadata().front_end;
}

MaskKind IntegerEstimator::mask_kind() const {
  return weights_->mask == MaskRule::kComplex ? MaskKind::kComplex
                                              : MaskKind::kReal;
}

float IntegerEstimator::max_mask_modulus() const {
  return MaxMaskModulus(weights_->mask);
}

bool IntegerEstimator::Submit(std::span<const float> features) noexcept
    TACET_REALTIME {
  assert(features.size() == arrays_->features.size());
  if (has_answer_ || !AllFinite(features)) return false;
  kernels_.quantise(features, weights_->feature_exponent, arrays_->features);
  Step(arrays_->features, arrays_->state, arrays_->outputs);
  has_answer_ = true;
  return true;
}

bool IntegerEstimator::Collect(std::span<std::complex<float>> mask) noexcept
    TACET_REALTIME {
  assert(mask.size() == static_cast<size_t>(kNumModelBins));
  if (!std::exchange(has_answer_, false)) return false;
  kernels_.mask(weights_->mask, weights_->output_exponent, sigmoid_,
                arrays_->outputs, mask);
  return true;
}

void IntegerEstimator::Reset() noexcept TACET_REALTIME {
  arrays_->state.Reset();
  has_answer_ = false;
}

void IntegerEstimator::ExportState(std::span<float> state) const noexcept
    TACET_REALTIME {
  arrays_->state.Export(*weights_, state);
}

bool IntegerEstimator::ImportState(std::span<const float> state) noexcept
    TACET_REALTIME {
  if (!arrays_->state.Import(*weights_, state)) return false;
  has_answer_ = false;
  return true;
}

}  // namespace tacet
