// SPDX-License-Identifier: Apache-2.0
#include "cli/monitor_access.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

bool AllAre(const std::vector<std::string_view>& values,
            std::string_view wanted) {
  return std::all_of(values.begin(), values.end(),
                     [wanted](auto value) { return value == wanted; });
}

// The time does not tell how much of it was right.
bool Equal(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  }
  return difference == 0;
}

Access Refuse(int status, std::string_view why) { return {status, why, ""}; }

}  // namespace

std::string MonitorAddress::Authority() const {
  return absl::StrCat("127.0.0.1:", port);
}

std::string MonitorAddress::Url() const {
  return absl::StrCat("http://", Authority(), "/", token, "/");
}

absl::StatusOr<std::string> MakeMonitorToken() {
  std::array<uint8_t, 16> bytes;
  if (getrandom(bytes.data(), bytes.size(), 0) !=
      static_cast<ssize_t>(bytes.size())) {
    return absl::ErrnoToStatus(errno, "cannot make a random token");
  }
  std::string token;
  for (const uint8_t byte : bytes) {
    absl::StrAppend(&token, absl::Hex(byte, absl::kZeroPad2));
  }
  return token;
}

Access CheckAccess(const MonitorRequest& request,
                   const MonitorAddress& address) {
  const std::string authority = address.Authority();
  if (request.hosts.size() != 1 || request.hosts[0] != authority) {
    return Refuse(421, "this is not the host you asked for");
  }
  if (!AllAre(request.origins, absl::StrCat("http://", authority))) {
    return Refuse(403, "not from another page");
  }
  // none: the user typed or followed it from outside a browser.
  for (const std::string_view site : request.fetch_sites) {
    if (site != "same-origin" && site != "none") {
      return Refuse(403, "not from another page");
    }
  }
  const std::string_view path = request.path;
  const size_t end = path.find('/', std::min<size_t>(1, path.size()));
  if (path.empty() || path[0] != '/' || end == path.npos ||
      !Equal(path.substr(1, end - 1), address.token)) {
    return Refuse(404, "no such page");
  }
  if (request.method != "GET") return Refuse(405, "only GET");
  if (request.has_body) return Refuse(413, "no body, please");
  return {0, "", path.substr(end + 1)};
}

}  // namespace tacet
