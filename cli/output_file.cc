// SPDX-License-Identifier: Apache-2.0
#include "cli/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tacet {

OutputFile::OutputFile(std::string path, bool force)
    : path_(std::move(path)), force_(force) {}

absl::StatusOr<std::unique_ptr<OutputFile>> OutputFile::Create(
    const std::string& path, bool force) {
  std::unique_ptr<OutputFile> file(new OutputFile(path, force));
  if (path == "-") {
    file->path_ = "standard output";
    file->fd_ = dup(STDOUT_FILENO);
    if (file->fd_ < 0) return file->Fail(errno);
    return file;
  }
  struct stat info;
  const bool exists = stat(path.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": is a folder; use --output-dir to write into it"));
  }
  if (exists && !S_ISREG(info.st_mode)) {
    file->fd_ = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (file->fd_ < 0) return file->Fail(errno);
    return file;
  }
  if (exists && !force) {
    return absl::AlreadyExistsError(
        absl::StrCat(path, ": exists; use --force to overwrite it"));
  }
  std::string target = path;
  if (exists) {
    // What a link leads to is replaced, not the link.
    std::error_code error;
    const auto resolved = std::filesystem::canonical(path, error);
    if (!error) target = resolved.string();
  }
  file->draft_ = DraftFile::Open(target, DraftFile::Kind::kUnnamed);
  if (file->draft_ == nullptr) return file->Fail(errno);
  if (exists) {
    // A file that is replaced keeps its permissions; where the file system
    // has none to keep there is nothing to lose.
    (void)!fchmod(file->fd(), info.st_mode & 07777);
  }
  return file;
}

OutputFile::~OutputFile() {
  if (fd_ >= 0) close(fd_);
}

absl::Status OutputFile::Fail(int error) {
  if (status_.ok()) {
    status_ = absl::ErrnoToStatus(error, absl::StrCat(path_, ": cannot write"));
  }
  return status_;
}

absl::Status OutputFile::Write(const void* data, size_t size) {
  if (!status_.ok()) return status_;
  const char* bytes = static_cast<const char*>(data);
  if (sequential() && position_ < size_) {
    const size_t dropped = static_cast<size_t>(
        std::min(static_cast<int64_t>(size), size_ - position_));
    bytes += dropped;
    size -= dropped;
    position_ += static_cast<int64_t>(dropped);
  }
  while (size > 0) {
    const ssize_t written = write(fd(), bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Fail(errno);
    bytes += written;
    size -= static_cast<size_t>(written);
    position_ += written;
  }
  size_ = std::max(size_, position_);
  return absl::OkStatus();
}

void OutputFile::Seek(int64_t position) {
  if (!sequential() && lseek(fd(), position, SEEK_SET) < 0) {
    Fail(errno).IgnoreError();
    return;
  }
  position_ = position;
}

absl::Status OutputFile::Commit() {
  if (!status_.ok()) return status_;
  if (sequential()) {
    if (close(std::exchange(fd_, -1)) != 0) return Fail(errno);
    return absl::OkStatus();
  }
  const int error = draft_->Publish(force_);
  if (error == EEXIST) {
    status_ = absl::AlreadyExistsError(absl::StrCat(
        path_, ": came into being meanwhile; use --force to overwrite it"));
    return status_;
  }
  if (error != 0) return Fail(error);
  return absl::OkStatus();
}

}  // namespace tacet
