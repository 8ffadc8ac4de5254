// SPDX-License-Identifier: Apache-2.0
#include "daemon/pulse_listeners.h"

#include <algorithm>
#include <optional>

namespace tacet {

std::vector<uint32_t> PulseListeners::Observe(const PulseView& view,
                                              uint32_t microphone) {
  std::optional<uint32_t> default_index;
  for (const PulseSource& source : view.sources) {
    if (source.name == view.default_source) default_index = source.index;
  }
  const bool is_default = default_index == microphone;
  std::vector<uint32_t> to_move;
  std::map<uint32_t, int> present;
  for (const PulseSourceOutput& output : view.outputs) {
    const auto known = chosen_.find(output.index);
    if (output.source == microphone) {
      if (known != chosen_.end() || !is_default) present[output.index] = 0;
      continue;
    }
    if (known == chosen_.end()) continue;
    const int views_elsewhere = known->second + 1;
    // Somebody has moved it, or it cannot be moved.
    if (views_elsewhere > kViewsToDecide) continue;
    present[output.index] = views_elsewhere;
    if (was_default_ && !is_default && output.source == default_index) {
      to_move.push_back(output.index);
    }
  }
  chosen_ = std::move(present);
  const bool is_decided =
      std::all_of(chosen_.begin(), chosen_.end(),
                  [](const auto& entry) { return entry.second == 0; });
  if (is_default) {
    was_default_ = true;
  } else if (is_decided) {
    was_default_ = false;
  }
  return to_move;
}

}  // namespace tacet
