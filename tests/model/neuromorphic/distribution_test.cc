// SPDX-License-Identifier: Apache-2.0
#include "model/neuromorphic/distribution.h"

#include <gtest/gtest.h>

namespace tacet {
namespace {

TEST(Distribution, QuantilesAreWithinHalfAPercent) {
  Distribution d;
  for (int i = 1; i <= 100000; ++i) d.Add(i);
  EXPECT_NEAR(d.Quantile(0.5), 50000, 250);
  EXPECT_NEAR(d.Quantile(0.99), 99000, 495);
  EXPECT_EQ(d.max(), 100000);
  EXPECT_EQ(d.mean(), 50000.5);
}

TEST(Distribution, OfOneValueAllQuantilesAreIt) {
  Distribution d;
  d.Add(42);
  EXPECT_NEAR(d.Quantile(0), 42, 0.21);
  EXPECT_NEAR(d.Quantile(1), 42, 0.21);
}

TEST(Distribution, NothingAndExtremesDoNoHarm) {
  Distribution d;
  EXPECT_EQ(d.Quantile(0.5), 0);
  EXPECT_EQ(d.mean(), 0);
  d.Add(0);
  d.Add(1e300);
  EXPECT_EQ(d.count(), 2u);
  EXPECT_EQ(d.max(), 1e300);
}

}  // namespace
}  // namespace tacet
