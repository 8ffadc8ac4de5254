// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_UNIT_ESTIMATOR_H_
#define TACET_MODEL_UNIT_ESTIMATOR_H_

#include <complex>

#include "model/mask_estimator.h"

namespace tacet {

// Answers every token with one constant mask, by default 1: the engine then
// only delays. For measurements of latency and reconstruction, which a denoiser
// would eat. Holds one token, as the reference backend does.
class UnitEstimator final : public MaskEstimator {
 public:
  explicit UnitEstimator(const FrontEndId& front_end,
                         std::complex<float> mask = 1.0f)
      : front_end_(front_end), mask_(mask) {}

  const FrontEndId& front_end() const override { return front_end_; }
  MaskKind mask_kind() const override {
    return mask_.imag() == 0.0f ? MaskKind::kReal : MaskKind::kComplex;
  }
  bool Submit(std::span<const float> features) noexcept TACET_REALTIME override;
  bool Collect(std::span<std::complex<float>> mask) noexcept
      TACET_REALTIME override;
  void Reset() noexcept TACET_REALTIME override { pending_ = false; }
  size_t state_size() const override { return 0; }
  void ExportState(std::span<float>) const noexcept TACET_REALTIME override {}
  bool ImportState(std::span<const float> state) noexcept
      TACET_REALTIME override;
  double worst_case_seconds() const override { return 0.0; }

 private:
  FrontEndId front_end_;
  std::complex<float> mask_;
  bool pending_ = false;
};

}  // namespace tacet

#endif  // TACET_MODEL_UNIT_ESTIMATOR_H_
