// SPDX-License-Identifier: Apache-2.0
// What an hour does to the engine. Labelled `long` in CTest.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "model/denoiser.h"
#include "tests/model/engine_support.h"
#include "tests/model/make_model.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

constexpr int kRate = 16000;

// Speech-like: noise whose level moves.
Signal Context() {
  Signal x = WhiteNoise(60 * kRate, 1, 1.0f);
  for (size_t n = 0; n < x.size(); ++n) {
    x[n] *= (n / 4000) % 3 == 0 ? 0.2f : 0.002f;
  }
  return x;
}

using Mask = std::vector<std::complex<float>>;

// The masks of a second of probe behind the context.
std::vector<Mask> MasksOnProbe(Denoiser* denoiser) {
  RunDenoiser(denoiser, {Context()});
  const Signal probe = WhiteNoise(kRate, 2, 0.05f);
  const int hop = denoiser->front_end().hop_size;
  std::vector<Mask> masks;
  for (int n = 0; n + hop <= kRate; n += hop) {
    RunDenoiser(denoiser, {Signal(&probe[n], &probe[n] + hop)});
    const auto mask = denoiser->mask(0);
    masks.emplace_back(mask.begin(), mask.end());
  }
  return masks;
}

double LargestDifference(const std::vector<Mask>& a,
                         const std::vector<Mask>& b) {
  double largest = 0.0;
  for (size_t t = 0; t < a.size(); ++t) {
    for (size_t k = 0; k < a[t].size(); ++k) {
      largest = std::max<double>(largest, std::abs(a[t][k] - b[t][k]));
    }
  }
  return largest;
}

TEST(LongStream, AfterAnHourTheMaskIsThatOfTheFirstMinute) {
  DenoiserParams params;
  params.front_end = *FrontEnd::Create(WindowKind::kSqrtHann, kRate);
  const auto denoiser =
      *Denoiser::Create(FloatEstimators(MakeModel({})), params);
  const std::vector<Mask> in_minute_1 = MasksOnProbe(denoiser.get());
  // Half the hour is silence, half is louder than the context.
  const std::vector<Signal> silence = {Signal(60 * kRate, 0.0f)};
  const std::vector<Signal> loud = {WhiteNoise(60 * kRate, 3, 0.5f)};
  for (int minute = 0; minute < 60; ++minute) {
    RunDenoiser(denoiser.get(), minute < 30 ? loud : silence);
  }
  const std::vector<Mask> after_an_hour = MasksOnProbe(denoiser.get());
  EXPECT_LE(LargestDifference(in_minute_1, after_an_hour), 1e-3);
  // The probe's masks are not all alike, so that the comparison can fail.
  EXPECT_GT(LargestDifference({in_minute_1.front()}, {in_minute_1.back()}),
            1e-2);
}

}  // namespace
}  // namespace tacet
