// SPDX-License-Identifier: Apache-2.0
#include "daemon/pulse_view.h"

#include <algorithm>
#include <tuple>

namespace tacet {
namespace {

const PulseSource* FindByName(const PulseView& view, std::string_view name) {
  for (const PulseSource& source : view.sources) {
    if (!source.is_tacet && source.name == name) return &source;
  }
  return nullptr;
}

}  // namespace

const PulseSource* ChoosePulseSource(const PulseView& view,
                                     std::string_view wanted,
                                     std::string_view previous) {
  if (wanted != "default") {
    if (const PulseSource* source = FindByName(view, wanted)) return source;
    for (const PulseSource& source : view.sources) {
      if (!source.is_tacet && source.description == wanted) return &source;
    }
    return nullptr;
  }
  for (const std::string_view name :
       {std::string_view(view.default_source), previous}) {
    const PulseSource* source = FindByName(view, name);
    if (source != nullptr && !source->is_monitor) return source;
  }
  const PulseSource* best = nullptr;
  for (const PulseSource& source : view.sources) {
    if (source.is_tacet || source.is_monitor) continue;
    if (best == nullptr || std::tuple(!source.is_hardware, source.index) <
                               std::tuple(!best->is_hardware, best->index)) {
      best = &source;
    }
  }
  return best;
}

int CountPulseListeners(const PulseView& view, uint32_t source) {
  return static_cast<int>(std::count_if(
      view.outputs.begin(), view.outputs.end(),
      [source](const PulseSourceOutput& output) {
        return output.source == source && !output.is_corked;
      }));
}

std::vector<DeviceInfo> ListPulseDevices(const PulseView& view) {
  std::vector<DeviceInfo> devices;
  for (const PulseSource& source : view.sources) {
    if (source.is_tacet) continue;
    devices.push_back({.name = source.name,
                       .description = source.description,
                       .num_channels = source.num_channels,
                       .sample_rate_hz = source.sample_rate_hz,
                       .is_default = source.name == view.default_source,
                       .is_monitor = source.is_monitor});
  }
  return devices;
}

}  // namespace tacet
