// SPDX-License-Identifier: Apache-2.0
#include "dsp/fft.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "tests/support/realtime_guard.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

using Spectrum = std::vector<std::complex<float>>;

class FftSizes : public testing::TestWithParam<int> {};

TEST_P(FftSizes, ForwardMatchesTheDefinition) {
  const int size = GetParam();
  auto fft = RealFft::Create(size).value();
  const std::vector<float> x = WhiteNoise(size, 1, 1.0f);
  Spectrum actual(fft->num_bins());
  fft->Forward(x, actual);
  for (int k = 0; k < fft->num_bins(); ++k) {
    std::complex<double> expected = 0.0;
    for (int n = 0; n < size; ++n) {
      const int64_t turn = int64_t{k} * n % size;
      expected +=
          std::polar<double>(
              1.0, -2.0 * std::numbers::pi * static_cast<double>(turn) / size) *
          static_cast<double>(x[n]);
    }
    ASSERT_NEAR(std::abs(std::complex<double>(actual[k]) - expected), 0.0,
                1e-6 * size)
        << "bin " << k;
  }
}

TEST_P(FftSizes, InverseUndoesForward) {
  auto fft = RealFft::Create(GetParam()).value();
  const std::vector<float> x = WhiteNoise(GetParam(), 2, 1.0f);
  Spectrum spectrum(fft->num_bins());
  std::vector<float> y(GetParam());
  fft->Forward(x, spectrum);
  fft->Inverse(spectrum, y);
  EXPECT_LT(ErrorDb(x, y), -130.0);
}

TEST_P(FftSizes, InverseIgnoresImaginaryPartsAtTheEnds) {
  auto fft = RealFft::Create(GetParam()).value();
  const std::vector<float> x = WhiteNoise(GetParam(), 3, 1.0f);
  Spectrum spectrum(fft->num_bins());
  fft->Forward(x, spectrum);
  std::vector<float> expected(GetParam()), actual(GetParam());
  fft->Inverse(spectrum, expected);
  spectrum.front() += std::complex<float>(0.0f, 100.0f);
  spectrum.back() += std::complex<float>(0.0f, 100.0f);
  fft->Inverse(spectrum, actual);
  EXPECT_EQ(actual, expected);
}

TEST_P(FftSizes, ProcessIsRealtimeSafe) {
  auto fft = RealFft::Create(GetParam()).value();
  std::vector<float> x = WhiteNoise(GetParam(), 4, 1.0f);
  Spectrum spectrum(fft->num_bins());
  const RealtimeGuard::Counts counts = CountRealtimeViolations([&] {
    fft->Forward(x, spectrum);
    fft->Inverse(spectrum, x);
  });
  EXPECT_EQ(counts.total(), 0);
}

INSTANTIATE_TEST_SUITE_P(Fft, FftSizes,
                         testing::Values(4, 6, 30, 512, 900, 1536));

TEST(Fft, RefusesSizesThatKissFftWouldAllocateFor) {
  for (int size : {0, -512, 1, 2, 513, 14, 1022, RealFft::kMaxSize * 2}) {
    const auto fft = RealFft::Create(size);
    ASSERT_FALSE(fft.ok()) << size;
    EXPECT_EQ(fft.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(fft.status().message().find(std::to_string(size)),
              std::string::npos);
  }
}

}  // namespace
}  // namespace tacet
