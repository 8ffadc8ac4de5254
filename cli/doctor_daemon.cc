// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor_daemon.h"

#include <unistd.h>

#include <algorithm>
#include <climits>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/daemon_client.h"
#include "model/version.h"

namespace tacet {
namespace {

using Grade = Finding::Grade;

constexpr int kAnswerMs = 2000;
constexpr int kDevicesMs = 10000;  // asks a sound server
// Fewer happen on any desktop: at a start, when a device comes or goes.
constexpr int64_t kFewFaults = 10;
constexpr double kFewFaultsAnHour = 10.0;

// What `path` names in the answer; the zero of its kind where it is not there,
// or of another kind.
std::string Text(const Json& json, const char* path) {
  const Json::json_pointer pointer(path);
  if (!json.contains(pointer) || !json[pointer].is_string()) return "";
  return json[pointer].get<std::string>();
}

double Number(const Json& json, const char* path) {
  const Json::json_pointer pointer(path);
  if (!json.contains(pointer) || !json[pointer].is_number()) return 0.0;
  return json[pointer].get<double>();
}

Finding StateFinding(const Json& status) {
  const char* subject = "daemon";
  const std::string state = Text(status, "/state");
  const std::string error = Text(status, "/last_error");
  if (state == "recovering") {
    return {Grade::kProblem, subject, absl::StrCat("has no sound: ", error),
            "journalctl --user -u tacetd tells more"};
  }
  if (state == "starting") {
    // Without an error yet, or with what the device waits for.
    const std::string detail = Text(status, "/device/detail");
    const std::string why = absl::StrCat(
        detail, detail.empty() || error.empty() ? "" : "; ", error);
    return {error.empty() ? Grade::kHint : Grade::kProblem, subject,
            absl::StrCat("has no sound yet", why.empty() ? "" : ": ", why),
            error.empty() ? "ask again in a few seconds"
                          : "start the sound server, or plug the device in; "
                            "the daemon finds it by itself"};
  }
  if (state == "running" && Text(status, "/realtime/kind") == "none") {
    return {Grade::kHint, subject,
            absl::StrCat("runs without real-time scheduling: ",
                         Text(status, "/realtime/detail")),
            "see 'real time' above; daemon.realtime must be auto"};
  }
  return {Grade::kFine, subject,
          absl::StrCat(state, ", ", Text(status, "/backend")), ""};
}

// The kernel says so of a program whose file was replaced while it ran.
bool IsProgramReplaced(double pid) {
  if (!(pid >= 1 && pid <= INT_MAX)) return false;
  char path[PATH_MAX];
  const ssize_t size =
      readlink(absl::StrCat("/proc/", static_cast<int>(pid), "/exe").c_str(),
               path, sizeof path);
  return size > 0 &&
         absl::EndsWith(absl::string_view(path, static_cast<size_t>(size)),
                        " (deleted)");
}

void AddVersion(const Json& status, std::vector<Finding>* findings) {
  std::string own = VersionText();
  own.resize(std::min(own.find(' '), own.size()));
  const std::string version = Text(status, "/version");
  std::string what;
  if (version != own) {
    what = absl::StrCat("the daemon is version ", version, ", this is ", own);
  } else if (IsProgramReplaced(Number(status, "/pid"))) {
    what = "the daemon's program was replaced since it started";
  } else {
    return;
  }
  findings->push_back({Grade::kHint, "version", std::move(what),
                       "systemctl --user restart tacetd"});
}

void AddMode(const Json& status, std::vector<Finding>* findings) {
  const std::string mode = Text(status, "/mode");
  if (mode != "mute" && mode != "bypass") return;
  findings->push_back({Grade::kHint, "mode",
                       mode == "mute" ? "mute: whoever listens hears nothing"
                                      : "bypass: noise is not taken away",
                       "tacet mode clean"});
}

void AddModel(const Json& status, std::vector<Finding>* findings) {
  const std::string wanted = Text(status, "/model/stepped_down_from");
  if (wanted.empty()) return;
  findings->push_back(
      {Grade::kHint, "model in use",
       absl::StrCat(Text(status, "/model/name"), ", since ", wanted,
                    " was too slow for this machine"),
       absl::StrCat("tacet model use ", wanted,
                    " tries it again; denoise.model takes another for good")});
}

void AddFaults(const Json& status, std::vector<Finding>* findings) {
  const double hours = Number(status, "/uptime_s") / 3600.0;
  const auto is_many = [hours](double count) {
    return count > std::max<double>(kFewFaults, kFewFaultsAnHour * hours);
  };
  const double xruns = Number(status, "/counters/xruns");
  const double misses = Number(status, "/counters/deadline_misses");
  if (is_many(xruns) || is_many(misses)) {
    findings->push_back(
        {Grade::kHint, "faults",
         absl::StrFormat("%.0f xruns and %.0f deadline misses in %.1f hours",
                         xruns, misses, hours),
         is_many(misses) ? "a smaller denoise.model, or a larger "
                           "audio.period_frames"
                         : "a larger audio.period_frames; see 'real time' "
                           "above"});
  }
  const Json::json_pointer balanced("/counters/balanced");
  if (status.contains(balanced) && status[balanced] == false) {
    findings->push_back({Grade::kProblem, "faults",
                         "frames were lost or doubled inside the daemon",
                         "this is a fault of Tacet: report it with what "
                         "'tacet status --json' prints"});
  }
}

Finding MicrophonesFinding(const absl::StatusOr<Json>& answer,
                           const Json& status, const std::string& source) {
  const char* subject = "microphones";
  if (!answer.ok()) {
    return {Grade::kProblem, subject, std::string(answer.status().message()),
            "mend the sound servers first"};
  }
  std::vector<std::string> names;
  bool is_source_there = source.empty() || source == "default";
  std::string usual;
  const Json devices = answer->value("devices", Json::array());
  for (const Json& device : devices) {
    if (!device.is_object()) continue;
    const std::string name = Text(device, "/name");
    const bool is_monitor = device.value("monitor", false);
    // A monitor goes by its sink's name, too.
    is_source_there = is_source_there || name == source ||
                      (is_monitor && name == source + ".monitor");
    if (is_monitor) continue;
    names.push_back(name);
    if (device.value("default", false)) usual = name;
  }
  if (!is_source_there) {
    const std::string heard = Text(status, "/device/source");
    return {Grade::kProblem, subject,
            absl::StrCat("audio.source is ", source, ", which is not there",
                         heard.empty() || heard == source ? "" : "; heard is ",
                         heard == source ? "" : heard),
            names.empty()
                ? "plug it in; the daemon finds it by itself"
                : absl::StrCat("plug it in, or set audio.source to default or "
                               "one of: ",
                               absl::StrJoin(names, ", "))};
  }
  if (names.empty()) {
    return {Grade::kProblem, subject, "the sound server has none",
            "plug one in, or unmute it in the desktop's sound settings"};
  }
  return {
      Grade::kFine, subject,
      absl::StrCat(names.size(), usual.empty() ? "" : ", by default ", usual),
      ""};
}

// Over a connection of its own: one that is silent for long is closed.
absl::StatusOr<Json> Ask(const char* command, int timeout_ms) {
  auto client = DaemonClient::Connect();
  if (!client.ok()) return client.status();
  return (*client)->Ask(command, {}, timeout_ms);
}

}  // namespace

std::vector<Finding> ExamineDaemon(const std::string& source) {
  const absl::StatusOr<Json> status = Ask("status", kAnswerMs);
  if (!status.ok()) {
    const bool is_there = DaemonClient::Connect().ok();
    return {
        {Grade::kProblem, "daemon", std::string(status.status().message()),
         is_there ? "systemctl --user restart tacetd"
                  : "systemctl --user enable --now tacetd"},
        {Grade::kHint, "microphones", "not known while no daemon answers", ""}};
  }
  std::vector<Finding> findings = {StateFinding(*status)};
  AddVersion(*status, &findings);
  AddMode(*status, &findings);
  AddModel(*status, &findings);
  AddFaults(*status, &findings);
  findings.push_back(
      MicrophonesFinding(Ask("devices", kDevicesMs), *status, source));
  return findings;
}

}  // namespace tacet
