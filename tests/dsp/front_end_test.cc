// SPDX-License-Identifier: Apache-2.0
#include "dsp/front_end.h"

#include <gtest/gtest.h>

#include <string>

namespace tacet {
namespace {

TEST(FrontEnd, SizesAreThoseOfTheDesign) {
  const FrontEnd at16 = FrontEnd::Create(WindowKind::kSqrtHann, 16000).value();
  EXPECT_EQ(at16.window_size, 512);
  EXPECT_EQ(at16.hop_size, 128);
  EXPECT_EQ(at16.num_bins, kNumModelBins);
  EXPECT_EQ(at16.latency_samples, 512);
  EXPECT_EQ(at16, FrontEnd());
  const FrontEnd at48 = FrontEnd::Create(WindowKind::kBoxcar, 48000).value();
  EXPECT_EQ(at48.window_size, 1536);
  EXPECT_EQ(at48.hop_size, 384);
  EXPECT_EQ(at48.num_bins, 769);
  EXPECT_EQ(at48.latency_samples, 1536);
}

TEST(FrontEnd, LowLatencyIs16Milliseconds) {
  EXPECT_EQ(FrontEnd::Create(WindowKind::kLowLatency, 16000)->latency_samples,
            256);
  EXPECT_EQ(FrontEnd::Create(WindowKind::kLowLatency, 48000)->latency_samples,
            768);
}

TEST(FrontEnd, RefusesOtherRates) {
  for (int rate : {0, -1, 8000, 44100, 96000}) {
    const auto front_end = FrontEnd::Create(WindowKind::kSqrtHann, rate);
    ASSERT_FALSE(front_end.ok());
    EXPECT_NE(front_end.status().message().find(std::to_string(rate)),
              std::string::npos);
  }
}

TEST(FrontEnd, IdIsTheSameAtBothRatesAndDiffersByWindow) {
  const auto at16 = FrontEnd::Create(WindowKind::kLowLatency, 16000);
  const auto at48 = FrontEnd::Create(WindowKind::kLowLatency, 48000);
  const auto boxcar = FrontEnd::Create(WindowKind::kBoxcar, 48000);
  EXPECT_EQ(at16->id(), at48->id());
  EXPECT_FALSE(boxcar->id() == at48->id());
}

TEST(FrontEnd, WindowNamesRoundTrip) {
  for (WindowKind kind :
       {WindowKind::kSqrtHann, WindowKind::kBoxcar, WindowKind::kLowLatency}) {
    EXPECT_EQ(ParseWindowKind(WindowKindName(kind)).value(), kind);
  }
}

TEST(FrontEnd, UnknownWindowNameIsOneShortPrintableLine) {
  const std::string hostile = "Hann\n\x1b[31m" + std::string(10000, 'x');
  const auto kind = ParseWindowKind(hostile);
  ASSERT_FALSE(kind.ok());
  EXPECT_LT(kind.status().message().size(), 200u);
  for (char c : kind.status().message()) EXPECT_TRUE(c >= ' ' && c <= '~');
}

}  // namespace
}  // namespace tacet
