// SPDX-License-Identifier: Apache-2.0
#include "daemon/portaudio_gap_detector.h"

#include "gtest/gtest.h"

namespace tacet {
namespace {

constexpr int kRate = 48000;
constexpr int kPeriod = 480;

// Sum of what is reported while callbacks come as the clock of a device does
// that is ppm off, in bursts of `burst`, and `lost` frames are missing after
// 20 s.
int64_t Reported(double ppm, int burst, int64_t lost) {
  PortAudioGapDetector gaps;
  gaps.Reset(kRate);
  int64_t reported = 0;
  int64_t frames = 0;
  for (int i = 0; i < 6000; ++i) {
    frames += kPeriod;
    if (i == 2000) frames += lost;
    const int64_t whole = frames / (kPeriod * burst) * (kPeriod * burst);
    reported += gaps.Update(
        kPeriod, static_cast<int64_t>(static_cast<double>(whole) * 1e9 /
                                      kRate * (1.0 + ppm * 1e-6)));
  }
  return reported;
}

TEST(PortAudioGapDetector, SteadyAudioLosesNothing) {
  for (const double ppm : {-1000.0, 0.0, 1000.0}) {
    for (const int burst : {1, 4}) EXPECT_EQ(Reported(ppm, burst, 0), 0);
  }
}

TEST(PortAudioGapDetector, CountsAGap) {
  for (const double ppm : {-1000.0, 0.0, 1000.0}) {
    EXPECT_NEAR(static_cast<double>(Reported(ppm, 1, kRate)), kRate,
                kRate * 0.01);
    EXPECT_NEAR(static_cast<double>(Reported(ppm, 1, 4800)), 4800, 480);
  }
}

}  // namespace
}  // namespace tacet
