// SPDX-License-Identifier: Apache-2.0
#include "cli/daemon_doctor.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/doctor_daemon.h"
#include "cli/model_report.h"
#include "config/load.h"
#include "daemon/protocol.h"

namespace tacet {
namespace {

using Grade = Finding::Grade;

// A daemon locks 2 to 3 MB: its heap in use and its audio threads' stacks.
// Measured, docs/daemon.md, Footprint.
constexpr rlim_t kWantedLockedBytes = rlim_t{4} << 20;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Whether somebody listens on a Unix socket.
bool Listens(const std::string& path) {
  sockaddr_un address = {};
  if (path.empty() || path.size() >= sizeof address.sun_path) return false;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return false;
  const bool listens =
      connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ||
      errno == EAGAIN;
  close(fd);
  return listens;
}

Finding RuntimeFolderFinding() {
  Finding finding{Grade::kFine, "runtime folder", "", ""};
  const absl::StatusOr<std::string> folder = RuntimeFolder();
  if (!folder.ok()) {
    return {Grade::kProblem, finding.subject,
            std::string(folder.status().message()),
            "log in through the system, or export "
            "XDG_RUNTIME_DIR=/run/user/$(id -u)"};
  }
  const std::string base = Environment("XDG_RUNTIME_DIR");
  struct stat about;
  if (stat(base.c_str(), &about) != 0) {
    return {Grade::kProblem, finding.subject,
            absl::StrCat(base, ": ", std::strerror(errno)),
            "log in through the system, which makes this folder"};
  }
  if (about.st_uid != geteuid() || (about.st_mode & 077) != 0) {
    return {Grade::kProblem, finding.subject,
            absl::StrCat(base, ": is not yours alone"),
            absl::StrCat("chown and chmod 0700 ", base)};
  }
  finding.what = base;
  return finding;
}

Finding ConfigFinding(const absl::StatusOr<LoadedConfig>& config) {
  if (!config.ok()) {
    return {Grade::kProblem, "configuration",
            std::string(config.status().message()),
            "mend this line; 'tacet config check' names all mistakes"};
  }
  return {Grade::kFine, "configuration",
          config->files.empty() ? "defaults" : config->files.back(), ""};
}

Finding ModelFinding(const std::string& name) {
  const auto model = FindModel(name);
  if (!model.ok()) {
    return {Grade::kProblem, "model", std::string(model.status().message()),
            "set denoise.model to a built-in name or a model file"};
  }
  return {Grade::kFine, "model",
          absl::StrCat(name, ", ", (*model)->size(), " bytes"), ""};
}

bool HasSoundCards() {
  DIR* folder = opendir("/dev/snd");
  if (folder == nullptr) return false;
  bool found = false;
  while (const dirent* entry = readdir(folder)) {
    found |= std::strncmp(entry->d_name, "pcm", 3) == 0;
  }
  closedir(folder);
  return found;
}

// JACK's server has a folder of sockets in shared memory.
bool HasJack() {
  DIR* folder = opendir("/dev/shm");
  if (folder == nullptr) return false;
  const std::string mine =
      absl::StrCat("jack-", geteuid());  // jack1; jack2 below
  bool found = false;
  while (const dirent* entry = readdir(folder)) {
    const std::string name = entry->d_name;
    found |= name == mine || name.rfind("jack_default_", 0) == 0;
  }
  closedir(folder);
  return found;
}

Finding ServersFinding(BackendChoice wanted) {
  const std::string runtime = Environment("XDG_RUNTIME_DIR");
  std::string remote = Environment("PIPEWIRE_REMOTE");
  if (remote.empty()) remote = "pipewire-0";
  std::string folder = Environment("PIPEWIRE_RUNTIME_DIR");
  if (folder.empty()) folder = runtime;
  const bool pipewire =
      Listens(remote[0] == '/' ? remote : absl::StrCat(folder, "/", remote));
  std::string pulse = Environment("PULSE_SERVER");
  if (pulse.rfind("unix:", 0) == 0) pulse.erase(0, 5);
  if (pulse.empty()) pulse = absl::StrCat(runtime, "/pulse/native");
  const bool pulseaudio = Listens(pulse);
  const bool jack = HasJack();
  const bool alsa = HasSoundCards();
  std::string found;
  for (const auto& [there, name] :
       {std::pair{pipewire, "PipeWire"}, std::pair{pulseaudio, "PulseAudio"},
        std::pair{jack, "JACK"}, std::pair{alsa, "ALSA"}}) {
    if (there) absl::StrAppend(&found, found.empty() ? "" : ", ", name);
  }
  bool fine = !found.empty();
  if (wanted == BackendChoice::kPipeWire) fine = pipewire;
  if (wanted == BackendChoice::kPulseAudio) fine = pulseaudio;
  if (wanted == BackendChoice::kJack) fine = jack;
  if (wanted == BackendChoice::kAlsa) fine = alsa;
  if (wanted == BackendChoice::kFake) fine = true;
  const std::string what =
      found.empty() ? "none reachable" : absl::StrCat(found, " reachable");
  if (fine) return {Grade::kFine, "sound servers", what, ""};
  return {Grade::kProblem, "sound servers",
          found.empty() ? what
                        : absl::StrCat(what,
                                       ", but not the one that "
                                       "audio.backend names"),
          found.empty() ? "systemctl --user start pipewire wireplumber"
                        : "set audio.backend to auto, or start that server"};
}

Finding PermissionsFinding(BackendChoice wanted) {
  const char* subject = "permissions";
  if (geteuid() == 0) {
    return {Grade::kHint, subject, "you are root; a desktop's sound is not",
            "run tacet as the user whose microphone it is"};
  }
  if (wanted == BackendChoice::kAlsa && access("/dev/snd", F_OK) == 0 &&
      access("/dev/snd/timer", R_OK | W_OK) != 0) {
    return {Grade::kProblem, subject, "/dev/snd: you may not use it",
            "usermod -aG audio USER, then log in again"};
  }
  return {Grade::kFine, subject, "no special ones needed", ""};
}

Finding RealtimeFinding() {
  const char* subject = "real time";
  rlimit priority = {};
  rlimit locked = {};
  getrlimit(RLIMIT_RTPRIO, &priority);
  getrlimit(RLIMIT_MEMLOCK, &locked);
  const bool rtkit = access(
                         "/usr/share/dbus-1/system-services/org.freedesktop."
                         "RealtimeKit1.service",
                         F_OK) == 0 &&
                     Listens("/run/dbus/system_bus_socket");
  if (priority.rlim_cur == 0 && !rtkit) {
    return {Grade::kHint, subject,
            "neither a real-time limit nor RTKit: sound may crackle under "
            "load",
            "install rtkit, or put '@audio - rtprio 20' into "
            "/etc/security/limits.d/audio.conf and log in again"};
  }
  if (locked.rlim_cur != RLIM_INFINITY &&
      locked.rlim_cur < kWantedLockedBytes) {
    return {Grade::kHint, subject,
            absl::StrCat("only ", locked.rlim_cur >> 20,
                         " MiB may be kept from being paged out"),
            "put '@audio - memlock 65536' into "
            "/etc/security/limits.d/audio.conf and log in again"};
  }
  return {Grade::kFine, subject,
          priority.rlim_cur > 0 ? absl::StrCat("limit ", priority.rlim_cur)
                                : "through RTKit",
          ""};
}

}  // namespace

std::vector<Finding> Examine() {
  const absl::StatusOr<LoadedConfig> loaded = LoadConfig();
  const Config config = loaded.ok() ? loaded->config : Config();
  std::vector<Finding> findings = {RuntimeFolderFinding(),
                                   ConfigFinding(loaded),
                                   ModelFinding(config.denoise.model),
                                   ServersFinding(config.audio.backend),
                                   PermissionsFinding(config.audio.backend),
                                   RealtimeFinding()};
  for (Finding& finding : ExamineDaemon(config.audio.source)) {
    findings.push_back(std::move(finding));
  }
  return findings;
}

int PrintFindings(const std::vector<Finding>& findings) {
  int num_problems = 0;
  for (const Finding& finding : findings) {
    const char* mark = finding.grade == Grade::kFine   ? "ok"
                       : finding.grade == Grade::kHint ? "hint"
                                                       : "PROBLEM";
    std::printf("%-8s %-15s %s\n", mark, finding.subject.c_str(),
                finding.what.c_str());
    if (!finding.remedy.empty()) {
      std::printf("%24s -> %s\n", "", finding.remedy.c_str());
    }
    num_problems += finding.grade == Grade::kProblem;
  }
  return num_problems > 0 ? 1 : 0;
}

}  // namespace tacet
