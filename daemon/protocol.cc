// SPDX-License-Identifier: Apache-2.0
#include "daemon/protocol.h"

#include <sys/un.h>

#include <cmath>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

constexpr char kFolder[] = "/tacet";
constexpr char kSocket[] = "/control.sock";

std::string Line(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json Envelope(std::optional<int64_t> id) {
  Json object = {{"v", kProtocolVersion}};
  object["id"] = id.has_value() ? Json(*id) : Json(nullptr);
  return object;
}

std::string EventLine(std::optional<int64_t> id, std::string_view event,
                      const Json& result) {
  Json object = Envelope(id);
  object["event"] = event;
  object["result"] = result;
  return Line(object);
}

absl::Status BadArgument(std::string_view name, const char* expected) {
  return absl::InvalidArgumentError(absl::StrCat(
      "argument \"", std::string(name), "\": expected ", expected));
}

}  // namespace

absl::StatusOr<std::string> RuntimeFolder() {
  const char* base = std::getenv("XDG_RUNTIME_DIR");
  if (base == nullptr || base[0] == '\0') {
    return absl::FailedPreconditionError(
        "XDG_RUNTIME_DIR is not set, so there is no private folder for the "
        "control socket; log in through the system, or set it to a folder "
        "that is yours alone, e.g. /run/user/UID");
  }
  if (base[0] != '/') {
    return absl::FailedPreconditionError(absl::StrCat(
        "XDG_RUNTIME_DIR is '", base, "', which is no absolute path"));
  }
  return absl::StrCat(base, kFolder);
}

absl::StatusOr<std::string> ControlSocketPath() {
  absl::StatusOr<std::string> folder = RuntimeFolder();
  if (!folder.ok()) return folder.status();
  std::string path = absl::StrCat(*folder, kSocket);
  if (path.size() >= sizeof sockaddr_un::sun_path) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", path.size(), " bytes, a socket's path has ",
                     sizeof sockaddr_un::sun_path - 1, " at most"));
  }
  return path;
}

absl::StatusOr<std::string> Request::Text(std::string_view name) const {
  const auto found = arguments.find(name);
  if (found == arguments.end() || !found->is_string()) {
    return BadArgument(name, "a string");
  }
  return found->get<std::string>();
}

absl::StatusOr<bool> Request::Flag(std::string_view name) const {
  const auto found = arguments.find(name);
  if (found == arguments.end()) return false;
  if (!found->is_boolean()) return BadArgument(name, "true or false");
  return found->get<bool>();
}

absl::StatusOr<double> Request::Number(std::string_view name) const {
  const auto found = arguments.find(name);
  if (found == arguments.end() || !found->is_number() ||
      !std::isfinite(found->get<double>())) {
    return BadArgument(name, "a number");
  }
  return found->get<double>();
}

absl::StatusOr<Request> ParseRequest(std::string_view line) {
  Json object = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) {
    return absl::InvalidArgumentError("a request is one JSON object on a line");
  }
  const auto version = object.find("v");
  if (version == object.end() || !version->is_number_integer() ||
      *version != kProtocolVersion) {
    return absl::InvalidArgumentError(
        absl::StrCat("this daemon speaks version ", kProtocolVersion,
                     ": \"v\":", kProtocolVersion, " is missing"));
  }
  Request request;
  const auto id = object.find("id");
  if (id != object.end() && !id->is_null()) {
    if (!id->is_number_integer() ||
        (id->is_number_unsigned() &&
         id->get<uint64_t>() > static_cast<uint64_t>(INT64_MAX))) {
      return absl::InvalidArgumentError(
          "\"id\": expected an integer of 64 bits");
    }
    request.id = id->get<int64_t>();
  }
  const auto command = object.find("cmd");
  if (command == object.end() || !command->is_string()) {
    return absl::InvalidArgumentError("\"cmd\": expected a string");
  }
  request.command = command->get<std::string>();
  request.arguments = std::move(object);
  return request;
}

std::string RequestLine(int64_t id, std::string_view command, Json arguments) {
  if (!arguments.is_object()) arguments = Json::object();
  arguments["v"] = kProtocolVersion;
  arguments["id"] = id;
  arguments["cmd"] = command;
  return Line(arguments);
}

std::string AnswerLine(std::optional<int64_t> id, const Json& result) {
  Json object = Envelope(id);
  object["ok"] = true;
  object["result"] = result;
  return Line(object);
}

std::string ErrorLine(std::optional<int64_t> id, std::string_view message) {
  Json object = Envelope(id);
  object["ok"] = false;
  object["error"] = message;
  return Line(object);
}

std::string BusyLine(std::string_view message) {
  Json object = Envelope(std::nullopt);
  object["ok"] = false;
  object["error"] = message;
  object["busy"] = true;
  return Line(object);
}

std::string MetersLine(std::optional<int64_t> id, const Json& meters) {
  return EventLine(id, "meters", meters);
}

std::string AudioLine(std::optional<int64_t> id, const Json& audio) {
  return EventLine(id, "audio", audio);
}

absl::StatusOr<Json> ParseAnswer(std::string_view line) {
  Json object = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) {
    return absl::InternalError("the daemon's answer is no JSON object");
  }
  const auto error = object.find("error");
  if (error != object.end() && error->is_string()) {
    const std::string message = error->get<std::string>();
    const auto busy = object.find("busy");
    return busy != object.end() && *busy == true
               ? absl::ResourceExhaustedError(message)
               : absl::FailedPreconditionError(message);
  }
  const auto result = object.find("result");
  if (result == object.end()) {
    return absl::InternalError("the daemon's answer has no result");
  }
  return std::move(*result);
}

}  // namespace tacet
