// SPDX-License-Identifier: Apache-2.0
#include "cli/daemon_config.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "config/load.h"
#include "config/render.h"

namespace tacet {
namespace {

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "tacet: %s\n", std::string(status.message()).c_str());
  return 1;
}

absl::Status Failure(const std::string& path, const char* what) {
  return absl::ErrnoToStatus(errno, absl::StrCat(path, ": ", what));
}

// Writes beside the file, then puts it in place: nobody sees half of it, and
// without `force` nothing that is there is lost.
absl::Status WriteFile(const std::string& path, const std::string& text,
                       bool force) {
  const std::string beside = absl::StrCat(path, ".", getpid(), ".tmp");
  const int fd =
      open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
           0644);
  if (fd < 0) return Failure(beside, "cannot write");
  size_t written = 0;
  absl::Status status;
  while (status.ok() && written < text.size()) {
    const ssize_t count =
        write(fd, text.data() + written, text.size() - written);
    if (count >= 0) {
      written += static_cast<size_t>(count);
    } else if (errno != EINTR) {
      status = Failure(path, "cannot write");
    }
  }
  if (status.ok() && fsync(fd) != 0) status = Failure(path, "cannot write");
  close(fd);
  if (status.ok()) {
    // link, unlike rename, refuses to replace.
    const int done = force ? rename(beside.c_str(), path.c_str())
                           : link(beside.c_str(), path.c_str());
    if (done != 0) {
      status = errno == EEXIST
                   ? absl::AlreadyExistsError(absl::StrCat(
                         path, ": exists already; --force replaces it"))
                   : Failure(path, "cannot write");
    }
  }
  unlink(beside.c_str());
  return status;
}

}  // namespace

int CheckConfigFiles(const std::string& file) {
  std::vector<ConfigProblem> problems;
  const absl::StatusOr<LoadedConfig> loaded =
      file.empty() ? LoadConfig(ConfigPaths(), &problems)
                   : LoadConfigFile(file, &problems);
  for (const ConfigProblem& problem : problems) {
    std::fprintf(stderr, "%s\n", problem.text().c_str());
  }
  if (!loaded.ok()) return problems.empty() ? Fail(loaded.status()) : 1;
  if (loaded->files.empty()) std::puts("no configuration file; all defaults");
  for (const std::string& path : loaded->files) {
    std::printf("%s: fine\n", path.c_str());
  }
  return 0;
}

int ShowConfig() {
  const absl::StatusOr<LoadedConfig> loaded = LoadConfig();
  if (!loaded.ok()) return Fail(loaded.status());
  std::fputs(ShowConfigText(loaded->config, loaded->origins).c_str(), stdout);
  return 0;
}

int InitConfig(bool force) {
  const absl::StatusOr<std::string> path = UserConfigPath();
  if (!path.ok()) return Fail(path.status());
  const auto folder = std::filesystem::path(*path).parent_path();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return Fail(absl::UnknownError(absl::StrCat(
        folder.string(), ": cannot make this folder: ", error.message())));
  }
  const absl::Status status = WriteFile(*path, DefaultConfigText(), force);
  if (!status.ok()) return Fail(status);
  std::printf("%s\n", path->c_str());
  return 0;
}

}  // namespace tacet
