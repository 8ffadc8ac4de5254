// SPDX-License-Identifier: Apache-2.0
#include "model/ladspa/port_layout.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tacet {
namespace {

constexpr LADSPA_PortDescriptor kControlIn =
    LADSPA_PORT_INPUT | LADSPA_PORT_CONTROL;
constexpr LADSPA_PortDescriptor kControlOut =
    LADSPA_PORT_OUTPUT | LADSPA_PORT_CONTROL;
constexpr LADSPA_PortDescriptor kAudioIn =
    LADSPA_PORT_INPUT | LADSPA_PORT_AUDIO;
constexpr LADSPA_PortDescriptor kAudioOut =
    LADSPA_PORT_OUTPUT | LADSPA_PORT_AUDIO;

constexpr LADSPA_PortRangeHintDescriptor kBounded =
    LADSPA_HINT_BOUNDED_BELOW | LADSPA_HINT_BOUNDED_ABOVE;
// LADSPA names only some values of a range as its default: "middle" is a half.
constexpr LADSPA_PortRangeHint kLimitHint = {
    kBounded | LADSPA_HINT_DEFAULT_MIDDLE, 0.0f, kNoLimitDb};
static_assert(kDefaultStrength.attenuation_limit_db == 0.5f * kNoLimitDb);
constexpr LADSPA_PortRangeHint kMixHint = {
    kBounded | LADSPA_HINT_DEFAULT_MAXIMUM, 0.0f, 1.0f};
constexpr LADSPA_PortRangeHint kBypassHint = {
    LADSPA_HINT_TOGGLED | LADSPA_HINT_DEFAULT_0, 0.0f, 0.0f};
constexpr LADSPA_PortRangeHint kLatencyHint = {
    LADSPA_HINT_INTEGER | LADSPA_HINT_BOUNDED_BELOW, 0.0f, 0.0f};
constexpr LADSPA_PortRangeHint kAudioHint = {0, 0.0f, 0.0f};

// Hosts look for this very name.
constexpr char kLatencyName[] = "latency";

constexpr LADSPA_PortDescriptor kMonoPorts[] = {
    kControlIn, kControlIn, kControlIn, kControlOut, kAudioIn, kAudioOut};
constexpr LADSPA_PortDescriptor kStereoPorts[] = {
    kControlIn, kControlIn, kControlIn, kControlOut,
    kAudioIn,   kAudioIn,   kAudioOut,  kAudioOut};
constexpr const char* kMonoNames[] = {
    "Attenuation limit (dB)", "Mix", "Bypass", kLatencyName, "Input", "Output"};
constexpr const char* kStereoNames[] = {"Attenuation limit (dB)",
                                        "Mix",
                                        "Bypass",
                                        kLatencyName,
                                        "Input (Left)",
                                        "Input (Right)",
                                        "Output (Left)",
                                        "Output (Right)"};
constexpr LADSPA_PortRangeHint kHints[] = {
    kLimitHint, kMixHint,   kBypassHint, kLatencyHint,
    kAudioHint, kAudioHint, kAudioHint,  kAudioHint};

static_assert(std::size(kMonoPorts) == NumPorts(1));
static_assert(std::size(kMonoNames) == NumPorts(1));
static_assert(std::size(kStereoPorts) == NumPorts(2));
static_assert(std::size(kStereoNames) == NumPorts(2));
static_assert(std::size(kHints) == NumPorts(2));

float Value(LADSPA_Data* const* ports, ControlPort port, float low, float high,
            float standard) noexcept {
  if (ports[port] == nullptr || std::isnan(*ports[port])) return standard;
  return std::clamp(*ports[port], low, high);
}

}  // namespace

ControlValues ReadControls(LADSPA_Data* const* ports) noexcept {
  ControlValues values;
  const float limit_db = Value(ports, kLimitPort, 0.0f, kNoLimitDb,
                               kDefaultStrength.attenuation_limit_db);
  values.strength.attenuation_limit_db =
      limit_db < kNoLimitDb ? limit_db : std::numeric_limits<float>::infinity();
  values.mix = Value(ports, kMixPort, 0.0f, 1.0f, 1.0f);
  // LADSPA: a toggle is on above 0.
  if (Value(ports, kBypassPort, 0.0f, 1.0f, 0.0f) > 0.0f) values.mix = 0.0f;
  return values;
}

const LADSPA_PortDescriptor* PortDescriptors(int num_channels) {
  return num_channels == 1 ? kMonoPorts : kStereoPorts;
}

const char* const* PortNames(int num_channels) {
  return num_channels == 1 ? kMonoNames : kStereoNames;
}

const LADSPA_PortRangeHint* PortRangeHints(int) { return kHints; }

}  // namespace tacet
