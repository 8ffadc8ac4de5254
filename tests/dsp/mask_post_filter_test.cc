// SPDX-License-Identifier: Apache-2.0
#include "dsp/mask_post_filter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <random>
#include <vector>

#include "dsp/gain.h"
#include "tests/support/realtime_guard.h"

namespace tacet {
namespace {

using Complex = std::complex<float>;
using Bins = std::vector<Complex>;

constexpr int kBins = 257;
constexpr MaskPostFilterParams kParams = {
    .bias = -0.3, .gain = -0.6, .held = 0.4, .hold_s = 0.25};

// The equations of mask_post_filter.h in double, hop by hop.
class Reference {
 public:
  Bins Apply(const Bins& x, const Bins& m) {
    double in = 0, out = 0;
    for (int k = 0; k < kBins; ++k) {
      in += std::norm(std::complex<double>(x[k]));
      out += std::norm(std::complex<double>(m[k]) * std::complex<double>(x[k]));
    }
    const double g = std::sqrt(out / in);
    s_ = std::max(g, std::exp(-1e-3 * Gain::kHopMs / kParams.hold_s) * s_);
    const double c = std::exp(kParams.bias) *
                     std::pow(std::max(g, 0.005), kParams.gain) *
                     std::pow(std::max(s_, 0.005), kParams.held);
    Bins result(kBins);
    for (int k = 0; k < kBins; ++k) {
      const std::complex<double> w(m[k]);
      result[k] = Complex(w * c / (1 + (c - 1) * std::abs(w)));
    }
    return result;
  }

 private:
  double s_ = 0;
};

class MaskPostFilterTest : public testing::Test {
 protected:
  // A hop of noise, and a mask of a modulus up to `most`.
  void Next(float most, bool is_complex = false) {
    for (int k = 0; k < kBins; ++k) {
      x_[k] = {Noise(), Noise()};
      const float modulus = most * std::abs(Noise());
      m_[k] =
          is_complex ? std::polar(modulus, 3.0f * Noise()) : Complex(modulus);
    }
  }

  // In -1..1.
  float Noise() { return uniform_(random_); }

  std::mt19937 random_{7};
  std::uniform_real_distribution<float> uniform_{-1.0f, 1.0f};
  Bins x_ = Bins(kBins), m_ = Bins(kBins);
};

TEST_F(MaskPostFilterTest, IsTheEquationForRealAndComplexMasks) {
  for (bool is_complex : {false, true}) {
    MaskPostFilter filter(kParams);
    Reference reference;
    for (float most : {1.0f, 0.9f, 0.01f, 0.001f, 0.3f, 0.02f, 1.0f}) {
      Next(most, is_complex);
      const Bins want = reference.Apply(x_, m_);
      filter.Apply(x_, m_);
      for (int k = 0; k < kBins; ++k) {
        ASSERT_NEAR(std::abs(m_[k] - want[k]), 0, 1e-5 * std::abs(want[k]));
      }
    }
  }
}

TEST_F(MaskPostFilterTest, WithoutParametersNoBitChanges) {
  MaskPostFilter filter;
  Next(1.0f);
  const Bins before = m_;
  filter.Apply(x_, m_);
  EXPECT_EQ(m_, before);
}

TEST_F(MaskPostFilterTest, KeepsTheEndsOfAMaskAndAllBetweenThem) {
  for (double strong : {-2.0, 2.0}) {
    MaskPostFilter filter(
        {.bias = 2.5 * strong, .gain = strong, .held = strong});
    for (int hop = 0; hop < 20; ++hop) {
      Next(hop % 2 == 0 ? 1.0f : 1e-3f, true);
      m_[0] = 0.0f;
      m_[1] = 1.0f;
      // As a sigmoid's rounding may leave it.
      m_[2] = {std::nextafter(1.0f, 2.0f), 1e-4f};
      filter.Apply(x_, m_);
      EXPECT_EQ(m_[0], 0.0f);
      EXPECT_NEAR(m_[1].real(), 1.0f, 1e-6);
      for (const Complex& m : m_) ASSERT_LE(std::abs(m), 1.0f + 1e-5f);
    }
  }
}

TEST_F(MaskPostFilterTest, HoldsALoudHopForItsTime) {
  // c is s^1 alone: with g = s = 1 at first, exp(-t / hold_s) after it.
  const MaskPostFilterParams held = {.held = 1.0, .hold_s = 0.1};
  MaskPostFilter filter(held);
  Next(1.0f);
  std::ranges::fill(m_, 1.0f);
  filter.Apply(x_, m_);
  for (int hop = 1; hop < 25; ++hop) {
    std::ranges::fill(m_, 0.01f);
    filter.Apply(x_, m_);
    const double odds = m_[5].real() / (1.0 - m_[5].real());
    const double c = odds / (0.01 / 0.99);
    EXPECT_NEAR(std::log(c), -hop * 0.008 / 0.1, 1e-3) << hop;
  }
  filter.Reset();
  std::ranges::fill(m_, 0.01f);
  filter.Apply(x_, m_);
  EXPECT_NEAR(m_[5].real(), 0.01 * 0.01, 1e-5);
}

TEST_F(MaskPostFilterTest, LeavesAHopThatSaysNothing) {
  MaskPostFilter filter(kParams), other(kParams);
  for (int hop = 0; hop < 3; ++hop) {
    Next(0.5f);
    Bins silent = m_;
    const Bins unchanged = m_;
    filter.Apply(Bins(kBins), silent);
    EXPECT_EQ(silent, unchanged);
    Bins broken = m_;
    broken[9] = std::numeric_limits<float>::quiet_NaN();
    filter.Apply(x_, broken);
    EXPECT_EQ(broken[8], m_[8]);
    // And remembers nothing of it.
    Bins expected = m_;
    other.Apply(x_, expected);
    filter.Apply(x_, m_);
    EXPECT_EQ(m_, expected);
  }
}

TEST_F(MaskPostFilterTest, IsRealtimeSafe) {
  MaskPostFilter filter(kParams);
  Next(0.5f);
  EXPECT_EQ(CountRealtimeViolations([&] {
              filter.Apply(x_, m_);
              filter.Reset();
            }).total(),
            0);
}

}  // namespace
}  // namespace tacet
