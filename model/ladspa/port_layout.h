// SPDX-License-Identifier: Apache-2.0
// The ports of both plugins, and what their control values mean.
#ifndef TACET_MODEL_LADSPA_PORT_LAYOUT_H_
#define TACET_MODEL_LADSPA_PORT_LAYOUT_H_

#include <ladspa.h>

#include "dsp/gain.h"
#include "dsp/realtime.h"

namespace tacet {

// Control ports come first, so that they have the same numbers in both.
enum ControlPort { kLimitPort, kMixPort, kBypassPort, kLatencyPort };
inline constexpr unsigned long kNumControls = 4;

// The audio inputs, then as many outputs.
constexpr unsigned long NumPorts(int num_channels) {
  return kNumControls + 2 * static_cast<unsigned long>(num_channels);
}

// The port's top stands for no limit at all, which a control cannot express.
inline constexpr float kNoLimitDb = 120.0f;

// What the host has set. A value that is no number counts as the default, one
// out of range as the nearest in range.
struct ControlValues {
  Strength strength;
  float mix = 1.0f;  // share of the denoised signal; 0 in bypass

  friend bool operator==(const ControlValues&, const ControlValues&) = default;
};

//   ports  [kNumControls] as connected; null: the default
// Thread: any.  Realtime-safe: yes.
ControlValues ReadControls(LADSPA_Data* const* ports) noexcept TACET_REALTIME;

// Names, directions and ranges: [NumPorts(num_channels)].  num_channels: 1, 2
const LADSPA_PortDescriptor* PortDescriptors(int num_channels);
const char* const* PortNames(int num_channels);
const LADSPA_PortRangeHint* PortRangeHints(int num_channels);

}  // namespace tacet

#endif  // TACET_MODEL_LADSPA_PORT_LAYOUT_H_
