// SPDX-License-Identifier: Apache-2.0
// Microphones of one channel and of two, and what can be wrong with the two.
#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "daemon/audio_path.h"
#include "gtest/gtest.h"
#include "model/estimator_source.h"
#include "model/stream.h"
#include "tests/daemon/audio_path_support.h"
#include "tests/model/engine_support.h"
#include "tests/model/make_model.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

TEST(AudioPath, AntiPhaseStereoKeepsItsLevelInAMonoMicrophone) {
  const Signal voice = WhiteNoise(48000, 1, 0.1f);
  Signal inverse = voice;
  for (float& sample : inverse) sample = -sample;
  const auto path = MakePath(UnitSource(), 2, 1);
  const std::vector<Signal> out = RunPath(path.get(), {voice, inverse}, 1);
  EXPECT_LT(SettledErrorDb(voice, out[0]), -110.0);
}

TEST(AudioPath, DeadLeftChannelIsReplacedInAMonoMicrophone) {
  const Signal voice = WhiteNoise(48000, 1, 0.1f);
  const auto path = MakePath(UnitSource(), 2, 1);
  const std::vector<Signal> out =
      RunPath(path.get(), {Signal(48000, 0.0f), voice}, 1);
  EXPECT_NEAR(Energy(std::span(out[0]).subspan(24000)) /
                  Energy(std::span(voice).subspan(24000 - 1536, 24000)),
              1.0, 0.01);
}

// A linked mask from a mean of the signals would be that of silence.
TEST(AudioPath, AntiPhaseStereoIsHeardByTheNetworkInAStereoMicrophone) {
  const Signal voice = WhiteNoise(48000, 1, 0.1f);
  Signal inverse = voice;
  for (float& sample : inverse) sample = -sample;
  const EstimatorSource loud_only = FakeSource(
      [](std::span<const float> features, std::span<std::complex<float>> mask) {
        float sum = 0.0f;
        for (const float f : features) sum += f;
        std::fill(mask.begin(), mask.end(), sum > 0.1f ? 1.0f : 0.0f);
        return true;
      });
  const auto path = MakePath(loud_only, 2, 2);
  const std::vector<Signal> out = RunPath(path.get(), {voice, inverse}, 2);
  EXPECT_LT(SettledErrorDb(voice, out[0]), -60.0);
  EXPECT_LT(SettledErrorDb(inverse, out[1]), -60.0);
}

TEST(AudioPath, MonoMicrophoneFillsBothChannelsOfAStereoOne) {
  const Signal voice = WhiteNoise(48000, 1, 0.1f);
  const auto path = MakePath(UnitSource(), 1, 2);
  const std::vector<Signal> out = RunPath(path.get(), {voice}, 2);
  EXPECT_LT(SettledErrorDb(voice, out[0]), -110.0);
  EXPECT_EQ(out[0], out[1]);
}

}  // namespace
}  // namespace tacet
