// SPDX-License-Identifier: Apache-2.0
// What a PulseAudio server holds, as far as it concerns us, and the decisions
// that follow from it.
#ifndef TACET_DAEMON_PULSE_VIEW_H_
#define TACET_DAEMON_PULSE_VIEW_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/audio_backend.h"
#include "daemon/pulse_modules.h"

namespace tacet {

struct PulseSource {
  uint32_t index = 0;
  uint32_t owner_module = 0;
  std::string name;
  std::string description;
  int num_channels = 0;
  int sample_rate_hz = 0;
  bool is_monitor = false;
  bool is_hardware = false;
  bool is_tacet = false;  // ours, of this or another daemon
};

struct PulseSourceOutput {
  uint32_t source = 0;
  bool is_corked = false;
  uint32_t index = 0;
};

struct PulseView {
  int default_rate_hz = 0;
  // Of the null sink behind the virtual microphone, as its streams ask for now;
  // 0: it is not there, or suspended. It renders that far ahead, and who
  // listens gets what could still be rendered anew only when that is over.
  double sink_latency_ms = 0.0;
  std::string default_source;
  std::vector<PulseModule> modules;
  std::vector<PulseSource> sources;
  std::vector<PulseSourceOutput> outputs;
};

// The source to capture; nullptr: none fits.
//   wanted    a name or description, which must match, or "default"
//   previous  name of the source in use: kept when the default is one of ours
//             or a monitor, since people make the virtual microphone the
//             default; after it comes hardware, then the lowest index
// A source of ours is never chosen, a monitor only by name.
const PulseSource* ChoosePulseSource(const PulseView& view,
                                     std::string_view wanted,
                                     std::string_view previous);

// Streams that record from a source; paused ones do not count.
int CountPulseListeners(const PulseView& view, uint32_t source);

// All sources but ours.
std::vector<DeviceInfo> ListPulseDevices(const PulseView& view);

}  // namespace tacet

#endif  // TACET_DAEMON_PULSE_VIEW_H_
