// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

constexpr char kFile[] = "/tacet/tacet.toml";

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

absl::Status Failure(const std::string& path, const char* what) {
  return absl::ErrnoToStatus(errno, absl::StrCat(path, ": ", what));
}

// The file's text, one byte more than allowed at most. NotFound: no such file.
absl::StatusOr<std::string> ReadText(const std::string& path) {
  // Opening a pipe must not wait for its writer.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return Failure(path, "cannot open");
  struct stat about;
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
    close(fd);
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": is no regular file"));
  }
  std::string text(kMaxConfigBytes + 1, '\0');
  size_t size = 0;
  ssize_t count = 0;
  do {
    count = read(fd, text.data() + size, text.size() - size);
    if (count > 0) size += static_cast<size_t>(count);
  } while (count > 0 || (count < 0 && errno == EINTR));
  const absl::Status status =
      count < 0 ? Failure(path, "cannot read") : absl::OkStatus();
  close(fd);
  if (!status.ok()) return status;
  text.resize(size);
  return text;
}

absl::StatusOr<LoadedConfig> Load(const std::vector<std::string>& paths,
                                  bool must_exist,
                                  std::vector<ConfigProblem>* problems) {
  LoadedConfig loaded;
  absl::Status first;
  for (const std::string& path : paths) {
    const absl::StatusOr<std::string> text = ReadText(path);
    if (absl::IsNotFound(text.status()) && !must_exist) continue;
    if (!text.ok()) return text.status();
    loaded.files.push_back(path);
    const std::vector<ConfigProblem> found =
        ApplyConfigText(path, *text, &loaded.config, &loaded.origins);
    if (found.empty()) continue;
    if (first.ok()) first = absl::InvalidArgumentError(found.front().text());
    if (problems != nullptr) {
      problems->insert(problems->end(), found.begin(), found.end());
    }
  }
  if (!first.ok()) return first;
  return loaded;
}

}  // namespace

absl::StatusOr<std::string> UserConfigPath() {
  const std::string folder = Environment("XDG_CONFIG_HOME");
  if (folder.starts_with('/')) return folder + kFile;
  const std::string home = Environment("HOME");
  if (home.starts_with('/')) return home + "/.config" + kFile;
  return absl::FailedPreconditionError(
      "neither XDG_CONFIG_HOME nor HOME is an absolute path, so there is no "
      "place for the user's configuration");
}

std::vector<std::string> ConfigPaths() {
  std::string folders = Environment("XDG_CONFIG_DIRS");
  if (folders.empty()) folders = "/etc/xdg";
  std::vector<std::string> paths;
  std::string_view rest = folders;
  while (!rest.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    if (folder.starts_with('/')) paths.push_back(std::string(folder) + kFile);
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
  }
  // The specification lists the most important folder first.
  std::reverse(paths.begin(), paths.end());
  absl::StatusOr<std::string> user = UserConfigPath();
  if (user.ok()) paths.push_back(*std::move(user));
  return paths;
}

absl::StatusOr<LoadedConfig> LoadConfig(const std::vector<std::string>& paths,
                                        std::vector<ConfigProblem>* problems) {
  return Load(paths, /*must_exist=*/false, problems);
}

absl::StatusOr<LoadedConfig> LoadConfigFile(
    const std::string& path, std::vector<ConfigProblem>* problems) {
  return Load({path}, /*must_exist=*/true, problems);
}

}  // namespace tacet
