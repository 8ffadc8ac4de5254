// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_TESTS_DAEMON_AUDIO_PATH_SUPPORT_H_
#define TACET_TESTS_DAEMON_AUDIO_PATH_SUPPORT_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "daemon/audio_path.h"
#include "gtest/gtest.h"
#include "model/estimator_source.h"
#include "tests/model/engine_support.h"
#include "tests/support/signals.h"

namespace tacet {

inline constexpr int kRateHz = 48000;

inline AudioFormat Format(int num_channels, int rate_hz = kRateHz,
                          int period = 256) {
  return {.sample_rate_hz = rate_hz,
          .num_channels = num_channels,
          .period_frames = period};
}

// Error of y against x delayed by 1536 frames, in dB, after the fade at the
// start.
inline double SettledErrorDb(const Signal& x, const Signal& y) {
  const size_t begin = 1536 + 960;
  return ErrorDb(std::span(x).subspan(begin - 1536, x.size() - begin),
                 std::span(y).subspan(begin));
}

inline std::unique_ptr<AudioPath> MakePath(const EstimatorSource& engine,
                                           int num_in = 1, int num_out = 1,
                                           AudioPathParams params = {}) {
  params.engine = engine;
  auto path = std::make_unique<AudioPath>(params);
  EXPECT_TRUE(
      path->Configure(Format(num_in), Format(num_out), ClockDomain::kOne).ok());
  return path;
}

// Runs all of in through Process in chunks of n.
inline std::vector<Signal> RunPath(AudioPath* path,
                                   const std::vector<Signal>& in, int num_out,
                                   int n = 256) {
  std::vector<Signal> out(num_out, Signal(in[0].size()));
  std::vector<const float*> from(in.size());
  std::vector<float*> to(num_out);
  const int total = static_cast<int>(in[0].size());
  for (int done = 0; done < total; done += n) {
    for (size_t c = 0; c < in.size(); ++c) from[c] = in[c].data() + done;
    for (int c = 0; c < num_out; ++c) to[c] = out[c].data() + done;
    path->Process(from, to, std::min(n, total - done),
                  int64_t{1'000'000'000} * done / kRateHz + 1);
  }
  return out;
}

// Frames until the fade at the start is over.
inline constexpr int kStart = 1536 + 960;

inline Signal AfterStart(const Signal& x) {
  return Signal(x.begin() + kStart, x.end());
}

}  // namespace tacet

#endif  // TACET_TESTS_DAEMON_AUDIO_PATH_SUPPORT_H_
