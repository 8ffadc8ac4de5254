// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_FIXED_INTEGER_ESTIMATOR_H_
#define TACET_MODEL_FIXED_INTEGER_ESTIMATOR_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "model/arena.h"
#include "model/fixed/network.h"
#include "model/mask_estimator.h"
#include "model/model.h"

namespace tacet {

// What all backends have in common that run the W8A16 network on this thread,
// inside Submit: quantised features in, the mask of the integer outputs out,
// the states in between. Bit-exact from the features' integers to the mask.
// Holds one token: a second Submit before Collect is refused. It cannot
// overflow, so that every token that it takes has an answer.
class IntegerEstimator : public MaskEstimator {
 public:
  const FrontEndId& front_end() const final;
  int num_features() const final { return weights_->num_features; }
  MaskKind mask_kind() const final;
  float max_mask_modulus() const final;
  bool Submit(std::span<const float> features) noexcept TACET_REALTIME final;
  bool Collect(std::span<std::complex<float>> mask) noexcept
      TACET_REALTIME final;
  void Reset() noexcept TACET_REALTIME final;
  // The states in the units of the float network: two backends of one model
  // can hand over to each other.
  size_t state_size() const final { return arrays_->state.size(); }
  void ExportState(std::span<float> state) const noexcept TACET_REALTIME final;
  bool ImportState(std::span<const float> state) noexcept TACET_REALTIME final;
  double worst_case_seconds() const final { return worst_case_seconds_; }

 protected:
  // weights: model's fixed part, or a copy of it, prepared for the kernels.
  IntegerEstimator(std::shared_ptr<const Model> model,
                   std::shared_ptr<const FixedWeights> weights,
                   const FixedKernels& kernels);

  // One token through the network.
  //   features  [num_features], outputs  [num_outputs]
  // Realtime-safe: it must be.
  virtual void Step(std::span<const int16_t> features, FixedState& state,
                    std::span<int16_t> outputs) noexcept TACET_REALTIME = 0;

  // Runs a few tokens to learn worst_case_seconds. In the constructor of the
  // last class, for it calls Step.
  void MeasureWorstCase();

  const FixedWeights& weights() const { return *weights_; }
  const FixedKernels& kernels() const { return kernels_; }
  const FixedSigmoid& sigmoid() const { return sigmoid_; }
  FixedScratch& scratch() { return arrays_->scratch; }
  const Arena& arena() const { return arrays_.arena(); }

 private:
  std::shared_ptr<const Model> model_;
  std::shared_ptr<const FixedWeights> weights_;  // views into model_
  const FixedKernels& kernels_;
  FixedSigmoid sigmoid_;
  InArena<FixedArrays> arrays_;
  bool has_answer_ = false;
  double worst_case_seconds_ = 0;
};

}  // namespace tacet

#endif  // TACET_MODEL_FIXED_INTEGER_ESTIMATOR_H_
