// SPDX-License-Identifier: Apache-2.0
#include "dsp/fft.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <string>
#include <vector>

#include "tests/support/realtime_guard.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

using Spectrum = std::vector<std::complex<float>>;

struct Case {
  int size;
  const char* kernels;
};

class FftSizes : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    const auto known = RealFft::Kernels();
    if (std::ranges::count(known, GetParam().kernels) == 0) {
      GTEST_SKIP() << "this CPU cannot run " << GetParam().kernels;
    }
    fft_ = RealFft::Create(GetParam().size, GetParam().kernels).value();
  }
  const int size_ = GetParam().size;
  std::unique_ptr<RealFft> fft_;
};

TEST_P(FftSizes, ForwardMatchesTheDefinition) {
  const int size = size_;
  const std::vector<float> x = WhiteNoise(size, 1, 1.0f);
  Spectrum actual(fft_->num_bins());
  fft_->Forward(x, actual);
  for (int k = 0; k < fft_->num_bins(); ++k) {
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
  const std::vector<float> x = WhiteNoise(size_, 2, 1.0f);
  Spectrum spectrum(fft_->num_bins());
  std::vector<float> y(size_);
  fft_->Forward(x, spectrum);
  fft_->Inverse(spectrum, y);
  EXPECT_LT(ErrorDb(x, y), -130.0);
}

TEST_P(FftSizes, InverseIgnoresImaginaryPartsAtTheEnds) {
  const std::vector<float> x = WhiteNoise(size_, 3, 1.0f);
  Spectrum spectrum(fft_->num_bins());
  fft_->Forward(x, spectrum);
  std::vector<float> expected(size_), actual(size_);
  fft_->Inverse(spectrum, expected);
  spectrum.front() += std::complex<float>(0.0f, 100.0f);
  spectrum.back() += std::complex<float>(0.0f, 100.0f);
  fft_->Inverse(spectrum, actual);
  EXPECT_EQ(actual, expected);
}

TEST_P(FftSizes, ProcessIsRealtimeSafe) {
  std::vector<float> x = WhiteNoise(size_, 4, 1.0f);
  Spectrum spectrum(fft_->num_bins());
  const RealtimeGuard::Counts counts = CountRealtimeViolations([&] {
    fft_->Forward(x, spectrum);
    fft_->Inverse(spectrum, x);
  });
  EXPECT_EQ(counts.total(), 0);
}

// The reference at any size; the vectors at all that they do.
std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (int size : {4, 6, 30, 512, 900, 1536}) {
    cases.push_back({size, "kissfft"});
  }
  for (int size : {32, 160, 512, 1536}) cases.push_back({size, "baseline"});
  for (int size : {128, 512, 640, 1536}) cases.push_back({size, "avx2"});
  for (int size : {512, 1536, 7680}) cases.push_back({size, "avx512"});
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Fft, FftSizes, testing::ValuesIn(Cases()),
                         [](const auto& info) {
                           return info.param.kernels +
                                  std::to_string(info.param.size);
                         });

TEST(Fft, TakesTheReferenceWhereVectorsDoNotFit) {
  for (int size : {4, 6, 30, 48, 900}) {
    auto chosen = RealFft::Create(size).value();
    auto reference = RealFft::Create(size, "kissfft").value();
    const std::vector<float> x = WhiteNoise(size, 5, 1.0f);
    Spectrum found(chosen->num_bins()), expected(chosen->num_bins());
    chosen->Forward(x, found);
    reference->Forward(x, expected);
    EXPECT_EQ(found, expected) << size;
  }
  EXPECT_FALSE(RealFft::Create(30, "baseline").ok());
}

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
