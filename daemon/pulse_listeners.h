// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_PULSE_LISTENERS_H_
#define TACET_DAEMON_PULSE_LISTENERS_H_

#include <cstdint>
#include <map>
#include <vector>

#include "daemon/pulse_view.h"

namespace tacet {

// Who has chosen the virtual microphone, and was led away from it by no choice.
//
// A PulseAudio server moves what records from the default source to the next
// default, whoever chose it by name: so where the only microphone is unplugged,
// the virtual one becomes the default, and when it is plugged in again all that
// listened to Tacet would listen to it. What was on the virtual microphone
// while that was not the default has chosen it.
class PulseListeners {
 public:
  // Of each new view: the streams to move back to `microphone`.
  std::vector<uint32_t> Observe(const PulseView& view, uint32_t microphone);

 private:
  // A view is asked for piece by piece: where a stream has been moved, the new
  // default may show in the next one only.
  static constexpr int kViewsToDecide = 2;

  // By the stream's index: views, the latest ones, in which it was elsewhere.
  std::map<uint32_t, int> chosen_;
  // The microphone was, in the view before the first of these.
  bool was_default_ = false;
};

}  // namespace tacet

#endif  // TACET_DAEMON_PULSE_LISTENERS_H_
