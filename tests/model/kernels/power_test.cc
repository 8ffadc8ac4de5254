// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/power.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "tests/model/kernels/kernels_case.h"
#include "tests/support/realtime_guard.h"

namespace tacet {
namespace {

// From the least float to 1000, evenly in the logarithm, and edges.
std::vector<float> Magnitudes(int size) {
  std::mt19937 engine(1);
  std::uniform_real_distribution<float> exponent(-149, 9.9f);
  std::vector<float> x = {0.0f,     1.0f,     2.0f,
                          1000.0f,  0.5f,     std::nextafter(1.0f, 0.0f),
                          1.41421f, 1.41422f, std::numeric_limits<float>::min(),
                          -0.0f};
  while (static_cast<int>(x.size()) < size) {
    x.push_back(std::exp2(exponent(engine)));
  }
  x.resize(size);
  return x;
}

using PowerTest = KernelsCase<PowerKernels, SupportedPowerKernels>;

TEST_P(PowerTest, IsWithinOneUnitOfTheLastPlace) {
  const std::vector<float> x = Magnitudes(200000);
  std::vector<float> y(x.size());
  for (const double p : {0.3, 0.5, 1.0, 2.0, 0.01}) {
    kernels_->power(x, p, y);
    for (size_t k = 0; k < x.size(); ++k) {
      const double exact = std::pow(double{x[k]}, p);
      if (exact < std::numeric_limits<float>::min()) {
        ASSERT_LE(y[k], std::numeric_limits<float>::min());
        continue;
      }
      const float nearest = static_cast<float>(exact);
      const double unit =
          double{std::nextafter(nearest, INFINITY)} - double{nearest};
      ASSERT_LE(std::abs(y[k] - exact), unit) << x[k] << "^" << p;
    }
  }
}

TEST_P(PowerTest, HasTheReferencesBits) {
  for (const int size : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 257, 100003}) {
    const std::vector<float> x = Magnitudes(size);
    std::vector<float> expected(size), found(size);
    ScalarPower(x, 0.3, expected);
    kernels_->power(x, 0.3, found);
    ASSERT_EQ(found, expected) << size;
  }
}

TEST_P(PowerTest, WorksInPlace) {
  std::vector<float> x = Magnitudes(257);
  std::vector<float> expected(x.size());
  kernels_->power(x, 0.3, expected);
  kernels_->power(x, 0.3, x);
  EXPECT_EQ(x, expected);
}

TEST_P(PowerTest, ProcessIsRealtimeSafe) {
  std::vector<float> x = Magnitudes(257);
  const auto counts =
      CountRealtimeViolations([&] { kernels_->power(x, 0.3, x); });
  EXPECT_EQ(counts.total(), 0);
}

INSTANTIATE_TEST_SUITE_P(Cpu, PowerTest,
                         ::testing::Values("avx512", "avx2", "neon", "scalar"),
                         KernelsName());

TEST(Power, IsThatOfTheFastestKernels) {
  const std::vector<float> x = Magnitudes(257);
  std::vector<float> expected(x.size()), found(x.size());
  SupportedPowerKernels().front().power(x, 0.3, expected);
  const auto counts = CountRealtimeViolations([&] { Power(x, 0.3, found); });
  EXPECT_EQ(found, expected);
  EXPECT_EQ(counts.total(), 0);
}

}  // namespace
}  // namespace tacet
