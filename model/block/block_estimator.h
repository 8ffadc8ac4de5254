// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_BLOCK_BLOCK_ESTIMATOR_H_
#define TACET_MODEL_BLOCK_BLOCK_ESTIMATOR_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "model/block/fixed_block.h"
#include "model/estimator_source.h"
#include "model/fixed/kernels.h"
#include "model/mask_estimator.h"
#include "model/model.h"

namespace tacet {

// The integer backend for files: it lets tokens wait until the first of them is
// collected, and then runs all of them at once. The masks are those of
// FixedEstimator, to the bit, delay_hops() hops later; what a token costs comes
// in one piece every 31 hops, so that this is nothing for live sound.
// The state lies in the middle of a block and is not handed over.
class FixedBlockEstimator final : public MaskEstimator {
 public:
  // 0.24 s, whole samples at every rate that is a multiple of 25 Hz: then the
  // output at a rate that is converted is the same too. A block has 31 tokens.
  static constexpr int kDelayHops = 30;
  static_assert(kDelayHops < kBlockTokens);

  FixedBlockEstimator(std::shared_ptr<const Model> model,
                      std::shared_ptr<const FixedBlockWeights> weights,
                      const FixedKernels& kernels, RunFixedBlock run);

  const FrontEndId& front_end() const override;
  int num_features() const override { return weights_->fixed.num_features; }
  MaskKind mask_kind() const override;
  int delay_hops() const override { return kDelayHops; }
  bool Submit(std::span<const float> features) noexcept TACET_REALTIME override;
  bool Collect(std::span<std::complex<float>> mask) noexcept
      TACET_REALTIME override;
  void Reset() noexcept TACET_REALTIME override;
  size_t state_size() const override { return 0; }
  void ExportState(std::span<float>) const noexcept TACET_REALTIME override {}
  bool ImportState(std::span<const float> state) noexcept
      TACET_REALTIME override {
    return state.empty();
  }
  // Of a token in a block: not a bound for one that is collected.
  double worst_case_seconds() const override { return 0; }

 private:
  std::shared_ptr<const Model> model_;
  std::shared_ptr<const FixedBlockWeights> weights_;
  const FixedKernels& kernels_;
  const RunFixedBlock run_;
  const FixedSigmoid sigmoid_;
  FixedBlockState state_;
  AlignedArray<int16_t> features_;  // [kBlockTokens][padded_features]
  AlignedArray<int16_t> outputs_;   // [kBlockTokens][padded_outputs]
  int num_waiting_ = 0;             // tokens in features_
  int num_answers_ = 0;             // tokens in outputs_
  int next_answer_ = 0;
};

// The integer backend in blocks, with the fastest instructions of this CPU or
// those given. Nothing where it has none or the model has no fixed part.
std::optional<EstimatorSource> FixedBlockEstimators(
    std::shared_ptr<const Model> model);
std::optional<EstimatorSource> FixedBlockEstimators(
    std::shared_ptr<const Model> model, RunFixedBlock run);

}  // namespace tacet

#endif  // TACET_MODEL_BLOCK_BLOCK_ESTIMATOR_H_
