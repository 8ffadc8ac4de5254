// SPDX-License-Identifier: Apache-2.0
#include "cli/picture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "tests/support/signals.h"

namespace tacet {
namespace {

constexpr int kRate = 16000;

std::unique_ptr<Spectrogram> SpectrogramOf(const std::vector<float>& x) {
  auto s = *Spectrogram::Create({kRate, 1});
  s->Push(x);
  s->Finish();
  return s;
}

// 0 dB in the first second, silence in the second, -20 dB in the third, nothing
// left of the last.
TEST(Picture, GainIsThatOfEachMomentAndNoneInSilence) {
  std::vector<float> before = WhiteNoise(4 * kRate, 1, 0.1f);
  std::fill(&before[kRate], &before[2 * kRate], 0.0f);
  std::vector<float> after = before;
  for (int n = 2 * kRate; n < 3 * kRate; ++n) after[n] *= 0.1f;
  std::fill(after.begin() + 3 * kRate, after.end(), 0.0f);
  const auto a = SpectrogramOf(before), b = SpectrogramOf(after);
  const std::vector<double> gain = GainDb(*a, *b);
  ASSERT_EQ(gain.size(), static_cast<size_t>(a->num_columns()));
  int num_columns[4] = {};
  for (size_t t = 0; t < gain.size(); ++t) {
    const double seconds =
        (static_cast<double>(t) + 0.5) * a->seconds_per_column();
    const int second = std::min(3, static_cast<int>(seconds));
    // A window reaches over the borders.
    if (std::abs(seconds - std::round(seconds)) < 0.1) continue;
    ++num_columns[second];
    SCOPED_TRACE(seconds);
    if (second == 1) {
      EXPECT_TRUE(std::isnan(gain[t]));
    } else if (second == 3) {
      EXPECT_LE(gain[t], -120.0);
    } else {
      EXPECT_NEAR(gain[t], second == 0 ? 0.0 : -20.0, 1e-3);
    }
  }
  for (const int n : num_columns) EXPECT_GT(n, 20);
}

}  // namespace
}  // namespace tacet
