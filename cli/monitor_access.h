// SPDX-License-Identifier: Apache-2.0
// Who may ask the monitor for what.
#ifndef TACET_CLI_MONITOR_ACCESS_H_
#define TACET_CLI_MONITOR_ACCESS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tacet {

// Where the page is, http://127.0.0.1:PORT/TOKEN/.
struct MonitorAddress {
  int port = 0;
  std::string token;

  std::string Authority() const;  // 127.0.0.1:PORT
  std::string Url() const;
};

// 128 bits from the kernel as 32 hexadecimal digits.
// Errors: those of getrandom.
absl::StatusOr<std::string> MakeMonitorToken();

// What a request says of itself; each value of a header that came.
struct MonitorRequest {
  std::string_view method;
  std::string_view path;
  std::vector<std::string_view> hosts;
  std::vector<std::string_view> origins;
  std::vector<std::string_view> fetch_sites;  // Sec-Fetch-Site
  bool has_body = false;
};

// The HTTP status to refuse with, and why; 0: not refused. In this order:
//   421  Host is not ours alone: another name that leads here (DNS rebinding)
//   403  Origin or Sec-Fetch-Site tells of another page
//   404  the path does not begin with the token; compared in constant time
//   405  not GET
//   413  a body
struct Access {
  int refusal = 0;
  std::string_view why;
  std::string_view resource;  // the path behind /TOKEN/, where not refused
};
Access CheckAccess(const MonitorRequest& request,
                   const MonitorAddress& address);

}  // namespace tacet

#endif  // TACET_CLI_MONITOR_ACCESS_H_
