// SPDX-License-Identifier: Apache-2.0
#include "dsp/realtime.h"

#include <gtest/gtest.h>

#include <limits>

namespace tacet {
namespace {

// Computed when called, not by the compiler.
float Half(float x) {
  volatile float opaque = x;
  return opaque * 0.5f;
}

constexpr float kSmallestNormal = std::numeric_limits<float>::min();

TEST(ScopedFlushDenormals, FlushesInScopeAndRestores) {
  ASSERT_GT(Half(kSmallestNormal), 0.0f);
  {
    ScopedFlushDenormals flush;
#if defined(__SSE2__) || defined(__aarch64__)
    EXPECT_EQ(Half(kSmallestNormal), 0.0f);
#endif
    EXPECT_EQ(Half(2.0f), 1.0f);
  }
  EXPECT_GT(Half(kSmallestNormal), 0.0f);
}

TEST(ScopedFlushDenormals, Nests) {
  {
    ScopedFlushDenormals outer;
    { ScopedFlushDenormals inner; }
#if defined(__SSE2__) || defined(__aarch64__)
    EXPECT_EQ(Half(kSmallestNormal), 0.0f);
#endif
  }
  EXPECT_GT(Half(kSmallestNormal), 0.0f);
}

struct Marked {
  void Process() noexcept TACET_REALTIME {}
};

TEST(Realtime, MarkGoesAfterNoexcept) {
  Marked marked;
  static_assert(noexcept(marked.Process()));
  marked.Process();
}

}  // namespace
}  // namespace tacet
