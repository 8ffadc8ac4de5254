// SPDX-License-Identifier: Apache-2.0
// The two modules that make a virtual microphone of a PulseAudio server, as
// text. A null sink takes our audio; a remap source shows its monitor as a
// microphone, since browsers hide monitors.
#ifndef TACET_DAEMON_PULSE_MODULES_H_
#define TACET_DAEMON_PULSE_MODULES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tacet {

inline constexpr char kPulseSinkName[] = "tacet_sink";
inline constexpr char kPulseSourceName[] = "tacet_microphone";
inline constexpr char kPulseNullSinkModule[] = "module-null-sink";
inline constexpr char kPulseRemapSourceModule[] = "module-remap-source";
// Property of both, by which a later daemon knows what a killed one left.
inline constexpr char kPulseTag[] = "tacet.daemon";

// Name as it may stand in a module's arguments. Servers differ in what a
// backslash means there, so quotes become typographic ones and a backslash a
// slash; control characters become spaces.
std::string PulseDescription(std::string_view name);

std::string PulseNullSinkArguments(std::string_view name, int num_channels,
                                   int sample_rate_hz);
std::string PulseRemapSourceArguments(std::string_view name, int num_channels,
                                      int sample_rate_hz);

struct PulseModule {
  uint32_t index = 0;
  std::string name;
  std::string argument;
};

// What to do with tagged modules of a former daemon: those that are just as we
// would load them are adopted, so that programs which record from them go on.
struct PulseLeftovers {
  std::optional<uint32_t> sink_module;
  std::optional<uint32_t> source_module;  // only with sink_module
  std::vector<uint32_t> remove;           // in this order
};
PulseLeftovers FindPulseLeftovers(const std::vector<PulseModule>& modules,
                                  std::string_view sink_arguments,
                                  std::string_view source_arguments);

}  // namespace tacet

#endif  // TACET_DAEMON_PULSE_MODULES_H_
