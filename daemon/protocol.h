// SPDX-License-Identifier: Apache-2.0
// The lines between tacet and tacetd; docs/protocol.md is their description.
#ifndef TACET_DAEMON_PROTOCOL_H_
#define TACET_DAEMON_PROTOCOL_H_

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tacet {

using Json = nlohmann::json;

inline constexpr int kProtocolVersion = 1;
// Bytes of a request, without its newline.
inline constexpr size_t kMaxRequestBytes = size_t{64} << 10;
// Bytes of an answer, with its newline.
inline constexpr size_t kMaxAnswerBytes = size_t{1} << 20;
inline constexpr double kMaxSubscribeHz = 50;
// Audio lines a second after `monitor`.
inline constexpr int kMonitorHz = 25;

// $XDG_RUNTIME_DIR/tacet, the folder of the control socket. There is no
// fallback to /tmp, where anybody could put a socket first.
// Errors: FailedPrecondition when XDG_RUNTIME_DIR is unset or no absolute path.
absl::StatusOr<std::string> RuntimeFolder();
// The socket in it. Errors: as RuntimeFolder; InvalidArgument when the path
// does not fit into a socket address.
absl::StatusOr<std::string> ControlSocketPath();

// {"v":1,"id":N,"cmd":"set","key":...}
struct Request {
  std::optional<int64_t> id;  // echoed in the answer
  std::string command;
  Json arguments;  // the whole object

  // Argument `name`. Errors: InvalidArgument when it is missing or of another
  // type. A flag that is missing is false.
  absl::StatusOr<std::string> Text(std::string_view name) const;
  absl::StatusOr<bool> Flag(std::string_view name) const;
  absl::StatusOr<double> Number(std::string_view name) const;
};

// Errors: InvalidArgument when the line is no JSON object, of another version,
// or without a command; the connection is of no more use then.
absl::StatusOr<Request> ParseRequest(std::string_view line);
std::string RequestLine(int64_t id, std::string_view command, Json arguments);

// Lines with their newline. Bytes that are not UTF-8 are replaced.
std::string AnswerLine(std::optional<int64_t> id, const Json& result);
std::string ErrorLine(std::optional<int64_t> id, std::string_view message);
// To a client that there is no room for; it may come again.
std::string BusyLine(std::string_view message);
// {"v":1,"id":N,"event":"meters","result":{...}}
std::string MetersLine(std::optional<int64_t> id, const Json& meters);
// {"v":1,"id":N,"event":"audio","result":{...}}
std::string AudioLine(std::optional<int64_t> id, const Json& audio);

// Reads an answer or a meters line.
// Errors: FailedPrecondition with the daemon's own words when it says
// "ok":false, ResourceExhausted when it says "busy":true as well; Internal when
// it is no line of this protocol.
absl::StatusOr<Json> ParseAnswer(std::string_view line);

}  // namespace tacet

#endif  // TACET_DAEMON_PROTOCOL_H_
