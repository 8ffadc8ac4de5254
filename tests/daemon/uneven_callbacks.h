// SPDX-License-Identifier: Apache-2.0
// When and of what size a PulseAudio server's callbacks come: a model of what
// PulseAudio 16.1 was seen to do with null sinks on a busy machine.
#ifndef TACET_TESTS_DAEMON_UNEVEN_CALLBACKS_H_
#define TACET_TESTS_DAEMON_UNEVEN_CALLBACKS_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace tacet {

struct UnevenCallback {
  int64_t now_ns = 0;
  int num_frames = 0;
  bool is_playback = false;
};

struct UnevenParams {
  int rate_hz = 48000;
  double capture_ppm = 0.0;  // how much faster than nominal
  double playback_ppm = 0.0;
  int block = 240;       // frames that the source sends at once
  int fragment = 2048;   // frames that the sink asks for, about
  double late_ms = 0.0;  // every tenth callback comes late by up to this
  double seconds = 0.0;
  uint32_t seed = 1;
};

// In the order of time. The source sends each block when it is full. The sink
// works in ticks of 15/32 fragment and asks at every third and fifth of them,
// for all it has taken but up to 5/16 fragment, which stays in its converter:
// 60, 40, 60, 40 ms and 2880, 2240, 2560, 2560 frames at a fragment of 2048.
inline std::vector<UnevenCallback> UnevenCallbacks(const UnevenParams& params) {
  std::minstd_rand random(params.seed);
  std::uniform_real_distribution<double> fraction(0.0, 1.0);
  std::vector<UnevenCallback> callbacks;
  const auto add = [&](double due_s, int n, bool is_playback,
                       int64_t* last_ns) {
    const bool is_late = fraction(random) < 0.1;
    const double late_s = 1e-3 * params.late_ms * fraction(random);
    const auto ns = static_cast<int64_t>(
        1e9 * (due_s + 20e-6 * fraction(random) + (is_late ? late_s : 0.0)));
    *last_ns = std::max(*last_ns, ns);  // one after the other
    callbacks.push_back({*last_ns, n, is_playback});
  };
  const double capture_hz = params.rate_hz * (1.0 + 1e-6 * params.capture_ppm);
  const double playback_hz =
      params.rate_hz * (1.0 + 1e-6 * params.playback_ppm);
  int64_t last_ns = 0;
  for (int64_t frame = params.block; frame < params.seconds * capture_hz;
       frame += params.block) {
    add(static_cast<double>(frame) / capture_hz, params.block, false, &last_ns);
  }
  const double tick = params.fragment * 15.0 / 32.0;
  const int kept[] = {0, params.fragment * 5 / 16, 0, params.fragment * 5 / 32};
  last_ns = 0;
  int64_t asked = 0;
  double taken = 0.0;
  for (int k = 0; taken < params.seconds * playback_hz; ++k) {
    taken += (k % 2 == 0 ? 3 : 2) * tick;
    const int64_t position = static_cast<int64_t>(taken) - kept[k % 4];
    add(taken / playback_hz, static_cast<int>(position - asked), true,
        &last_ns);
    asked = position;
  }
  std::stable_sort(callbacks.begin(), callbacks.end(),
                   [](const UnevenCallback& a, const UnevenCallback& b) {
                     return a.now_ns < b.now_ns;
                   });
  return callbacks;
}

}  // namespace tacet

#endif  // TACET_TESTS_DAEMON_UNEVEN_CALLBACKS_H_
