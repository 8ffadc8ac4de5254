// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_MONITOR_ASSETS_H_
#define TACET_CLI_MONITOR_ASSETS_H_

#include <span>
#include <string_view>

namespace tacet {

// A file of the monitor's page, compiled in.
struct MonitorAsset {
  std::string_view name;  // behind /TOKEN/; empty: the page itself
  const char* type;       // Content-Type
  std::string_view bytes;
};

std::span<const MonitorAsset> MonitorAssets();

}  // namespace tacet

#endif  // TACET_CLI_MONITOR_ASSETS_H_
