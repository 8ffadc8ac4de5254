// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_FLOAT_ESTIMATOR_H_
#define TACET_MODEL_FLOAT_ESTIMATOR_H_

#include <cstddef>
#include <memory>

#include "model/arena.h"
#include "model/mask_estimator.h"
#include "model/network.h"

namespace tacet {

// The float backend: the network, run inside Submit.
// Holds one token: a second Submit before Collect is refused. Where weights and
// features overflow float, the state is reset and Collect gives no answer, so
// that a stream recovers by itself.
class FloatEstimator final : public MaskEstimator {
 public:
  // Runs a few tokens to learn worst_case_seconds.
  explicit FloatEstimator(std::shared_ptr<const Model> model);
  // On other kernels than the reference; as Network.
  FloatEstimator(std::shared_ptr<const Model> model,
                 std::shared_ptr<const NetworkWeights> weights,
                 const FloatKernels& kernels);

  const FrontEndId& front_end() const override;
  int num_features() const override;
  MaskKind mask_kind() const override;
  float max_mask_modulus() const override;
  bool Submit(std::span<const float> features) noexcept TACET_REALTIME override;
  bool Collect(std::span<std::complex<float>> mask) noexcept
      TACET_REALTIME override;
  void Reset() noexcept TACET_REALTIME override;
  size_t state_size() const override;
  void ExportState(std::span<float> state) const noexcept
      TACET_REALTIME override;
  bool ImportState(std::span<const float> state) noexcept
      TACET_REALTIME override;
  double worst_case_seconds() const override { return worst_case_seconds_; }
  size_t arena_bytes() const override { return arrays_.arena().bytes().size(); }

 private:
  enum class Answer { kNone, kReady, kFailed };

  explicit FloatEstimator(Network network);

  Network network_;
  InArena<NetworkArrays> arrays_;
  Answer answer_ = Answer::kNone;
  double worst_case_seconds_;
};

}  // namespace tacet

#endif  // TACET_MODEL_FLOAT_ESTIMATOR_H_
