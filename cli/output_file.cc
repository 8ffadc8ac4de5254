// SPDX-License-Identifier: Apache-2.0
#include "cli/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

// Guards every change to temporary files. RemoveUnfinishedOutputs keeps it.
std::mutex& TempMutex() {
  static std::mutex* const mutex = new std::mutex;
  return *mutex;
}

std::set<std::string>& TempPaths() {
  static std::set<std::string>* const paths = new std::set<std::string>;
  return *paths;
}

// Hidden, and without an audio extension, so that no walk takes it up.
std::string TempPathFor(const std::string& target) {
  static std::atomic<int> counter = 0;
  const std::filesystem::path path(target);
  const std::string name =
      absl::StrCat(".", path.filename().string().substr(0, 200), ".", getpid(),
                   "-", counter.fetch_add(1), ".tmp");
  return (path.parent_path() / name).string();
}

bool Exists(const std::string& path) {
  struct stat info;
  return lstat(path.c_str(), &info) == 0;
}

// Fails with EEXIST where `to` exists and may not be replaced.
int Rename(const std::string& from, const std::string& to, bool replace) {
  if (!replace) {
    if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(),
                  RENAME_NOREPLACE) == 0) {
      return 0;
    }
    // Not every file system knows the flag.
    if (errno != EINVAL && errno != ENOSYS) return -1;
    if (Exists(to)) {
      errno = EEXIST;
      return -1;
    }
  }
  return rename(from.c_str(), to.c_str());
}

}  // namespace

OutputFile::OutputFile(std::string path, bool force)
    : path_(std::move(path)), target_(path_), force_(force) {}

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
  if (exists) {
    std::error_code error;
    const auto resolved = std::filesystem::canonical(path, error);
    if (!error) file->target_ = resolved.string();
  }
  absl::Status status = file->OpenTemporary();
  if (!status.ok()) return status;
  if (exists) {
    // A file that is replaced keeps its permissions; where the file system
    // has none to keep there is nothing to lose.
    (void)!fchmod(file->fd_, info.st_mode & 07777);
  }
  return file;
}

absl::Status OutputFile::OpenTemporary() {
  std::lock_guard<std::mutex> lock(TempMutex());
  const std::string temp = TempPathFor(target_);
  fd_ = open(temp.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd_ < 0) return Fail(errno);
  temp_path_ = temp;
  TempPaths().insert(temp);
  return absl::OkStatus();
}

OutputFile::~OutputFile() {
  if (fd_ >= 0) close(fd_);
  if (temp_path_.empty()) return;
  std::lock_guard<std::mutex> lock(TempMutex());
  if (TempPaths().erase(temp_path_) > 0) unlink(temp_path_.c_str());
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
    const ssize_t written = write(fd_, bytes, size);
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
  if (!sequential() && lseek(fd_, position, SEEK_SET) < 0) {
    Fail(errno).IgnoreError();
    return;
  }
  position_ = position;
}

absl::Status OutputFile::Commit() {
  if (!status_.ok()) return status_;
  if (!sequential()) return CloseAndRename();
  const int result = close(std::exchange(fd_, -1));
  if (result != 0) return Fail(errno);
  return absl::OkStatus();
}

absl::Status OutputFile::CloseAndRename() {
  // Some network file systems report a full disk only here.
  if (fsync(fd_) != 0) return Fail(errno);
  if (close(std::exchange(fd_, -1)) != 0) return Fail(errno);
  std::lock_guard<std::mutex> lock(TempMutex());
  if (Rename(temp_path_, target_, force_) != 0) {
    if (errno != EEXIST) return Fail(errno);
    status_ = absl::AlreadyExistsError(absl::StrCat(
        path_, ": came into being meanwhile; use --force to overwrite it"));
    return status_;
  }
  TempPaths().erase(temp_path_);
  return absl::OkStatus();
}

void RemoveUnfinishedOutputs() {
  TempMutex().lock();  // for good: the process is about to end
  for (const std::string& path : TempPaths()) unlink(path.c_str());
}

}  // namespace tacet
