// SPDX-License-Identifier: Apache-2.0
// Estimators and drivers for tests of the engine.
#ifndef TACET_TESTS_MODEL_ENGINE_SUPPORT_H_
#define TACET_TESTS_MODEL_ENGINE_SUPPORT_H_

#include <complex>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "dsp/front_end.h"
#include "model/denoiser.h"
#include "model/estimator_source.h"
#include "model/mask_estimator.h"
#include "model/stream.h"

namespace tacet {

using Signal = std::vector<float>;

// Answers with a function of the features; false from it is a missing mask.
class FakeEstimator final : public MaskEstimator {
 public:
  using Answer = std::function<bool(std::span<const float>,
                                    std::span<std::complex<float>>)>;

  explicit FakeEstimator(Answer answer) : answer_(std::move(answer)) {}

  const FrontEndId& front_end() const override { return front_end_; }
  MaskKind mask_kind() const override { return MaskKind::kReal; }
  bool Submit(std::span<const float> features) noexcept override {
    features_.assign(features.begin(), features.end());
    return true;
  }
  bool Collect(std::span<std::complex<float>> mask) noexcept override {
    return answer_(features_, mask);
  }
  void Reset() noexcept override {}
  size_t state_size() const override { return 0; }
  void ExportState(std::span<float>) const noexcept override {}
  bool ImportState(std::span<const float>) noexcept override { return true; }
  double worst_case_seconds() const override { return 0.0; }

 private:
  Answer answer_;
  FrontEndId front_end_;  // the default window
  Signal features_;
};

// Each channel gets its own copy of `answer`. The features are magnitudes.
EstimatorSource FakeSource(const FakeEstimator::Answer& answer);

// One constant mask, for any window.
EstimatorSource UnitSource(WindowKind window = WindowKind::kSqrtHann,
                           std::complex<float> mask = 1.0f);

// Feeds in[channel] in chunks of these sizes, over and over, and returns as
// much output. What is not written stays NaN.
std::vector<Signal> RunStream(Stream* stream, const std::vector<Signal>& in,
                              const std::vector<int>& chunks);

// The same hop by hop; whole hops only.
std::vector<Signal> RunDenoiser(Denoiser* denoiser,
                                const std::vector<Signal>& in);

// Error of y against x delayed by `delay`, in dB; both of one length.
double DelayedErrorDb(const Signal& x, const Signal& y, int delay);

// Largest |x[n] - 2 x[n - 1] + x[n - 2]|.
double MaxSecondDifference(std::span<const float> x);

// Most that a gain of modulus 1 in each bin can do to the energy of a signal:
//   max_n sum_m a^2[n + m R] max_n sum_m s^2[n + m R]
// by the norms of analysis and synthesis. 1 for the sqrt-Hann pair.
double MaxEnergyGain(const FrontEnd& front_end);

bool AllFinite(const std::vector<Signal>& signals);

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_ENGINE_SUPPORT_H_
