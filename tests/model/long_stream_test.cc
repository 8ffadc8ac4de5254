// SPDX-License-Identifier: Apache-2.0
// What TACET_STREAM_MINUTES of hard input do to the networks that ship. Of an
// hour it is labelled `long` in CTest.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <string>
#include <vector>

#include "dsp/realtime.h"
#include "dsp/window.h"
#include "model/denoiser.h"
#include "tests/model/builtin_backend.h"
#include "tests/model/engine_support.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

constexpr int kRate = 16000;
constexpr int kPiece = 20 * kRate;
constexpr int kNumPieces = 3 * TACET_STREAM_MINUTES;

// Speech-like: noise whose level moves.
Signal Context() {
  Signal x = WhiteNoise(60 * kRate, 1, 1.0f);
  for (size_t n = 0; n < x.size(); ++n) {
    x[n] *= (n / 4000) % 3 == 0 ? 0.2f : 0.002f;
  }
  return x;
}

// White noise whose hops are not quite silent (model/feature.h): of r.m.s. σ
// its bins have the mean E m^p = (σ² Σ w²)^(p/2) Γ(1 + p/2) / (Σ w)^p, which is
// to be 1.2 times floor/2.
Signal NoiseAboveTheFloor(const FeatureParams& feature,
                          const FrontEnd& front_end) {
  const WindowPair windows = *MakeWindowPair(front_end);
  const double p = feature.power;
  const double mean = 1.2 * 0.5 * feature.floor / std::tgamma(1.0 + p / 2.0);
  const double rms = std::pow(mean, 1.0 / p) * windows.analysis_sum /
                     std::sqrt(Energy(windows.analysis));
  return WhiteNoise(kPiece, 3, static_cast<float>(rms));
}

Signal Square() {
  Signal x(kPiece);
  for (int n = 0; n < kPiece; ++n) x[n] = n / 50 % 2 == 0 ? 1.0f : -1.0f;
  return x;
}

using Mask = std::vector<std::complex<float>>;

Mask MaskOf(const Denoiser& denoiser) {
  const auto mask = denoiser.mask(0);
  return {mask.begin(), mask.end()};
}

// The masks of a second of probe behind the context.
std::vector<Mask> MasksOnProbe(Denoiser* denoiser) {
  RunDenoiser(denoiser, {Context()});
  const Signal probe = WhiteNoise(kRate, 2, 0.05f);
  const int hop = denoiser->front_end().hop_size;
  std::vector<Mask> masks;
  for (int n = 0; n + hop <= kRate; n += hop) {
    RunDenoiser(denoiser, {Signal(&probe[n], &probe[n] + hop)});
    masks.push_back(MaskOf(*denoiser));
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

class LongStream : public ::testing::TestWithParam<BuiltinBackend> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LongStream);

TEST_P(LongStream, OfHardInputIsBoundedAndForgotten) {
  const ScopedFlushDenormals flush;
  const EstimatorSource source = SourceOf(GetParam());
  DenoiserParams params;
  params.front_end = *FrontEnd::Create(WindowOf(GetParam()), kRate);
  const auto denoiser = *Denoiser::Create(source, params);
  ASSERT_LE(source.make()->max_mask_modulus(), 1.0f);
  const double most = 1.001 * MaxEnergyGain(params.front_end);
  const size_t settled = 2 * params.front_end.window_size;
  const std::vector<Mask> in_minute_1 = MasksOnProbe(denoiser.get());

  // The loudest comes last.
  const std::vector<Signal> pieces = {
      NoiseAboveTheFloor(source.feature, params.front_end),
      Signal(kPiece, 1.0f), Square()};
  const Mask unit(params.front_end.num_bins, 1.0f);
  for (int i = 0; i < kNumPieces; ++i) {
    SCOPED_TRACE(i);
    const Signal& x = pieces[i % pieces.size()];
    const auto y = RunDenoiser(denoiser.get(), {x});
    ASSERT_TRUE(AllFinite(y));
    ASSERT_LE(Energy(std::span(y[0]).subspan(settled)), most * Energy(x));
    ASSERT_NE(MaskOf(*denoiser), unit) << "the network was not shown this";
  }
  EXPECT_EQ(denoiser->counters().num_missing_masks, 0);
  const std::vector<Mask> after = MasksOnProbe(denoiser.get());
  EXPECT_LE(LargestDifference(in_minute_1, after), 1e-3);
  // The probe's masks are not all alike, so that the comparison can fail.
  EXPECT_GT(LargestDifference({in_minute_1.front()}, {in_minute_1.back()}),
            1e-2);
}

INSTANTIATE_TEST_SUITE_P(Builtin, LongStream,
                         ::testing::ValuesIn(BuiltinBackends()),
                         [](const auto& info) {
                           return TestNameOf(info.param) + "_" +
                                  std::to_string(TACET_STREAM_MINUTES) +
                                  "_minutes";
                         });

}  // namespace
}  // namespace tacet
