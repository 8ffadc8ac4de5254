// SPDX-License-Identifier: Apache-2.0
#include "cli/draft_file.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

constexpr int kMaxNames = 100;
// With the rest of a hidden name below the 255 bytes that file systems allow.
constexpr size_t kMaxStemBytes = 200;

// Guards every change to names. RemoveDrafts keeps it.
std::mutex& NamesMutex() {
  static std::mutex* const mutex = new std::mutex;
  return *mutex;
}

std::set<std::string>& Names() {
  static std::set<std::string>* const names = new std::set<std::string>;
  return *names;
}

std::string HiddenName(const std::string& target, uint64_t number) {
  const std::filesystem::path path(target);
  const std::string stem = path.filename().string().substr(0, kMaxStemBytes);
  const std::string name =
      absl::StrCat(".", stem, ".", absl::Hex(number, absl::kZeroPad16), ".tmp");
  return (path.parent_path() / name).string();
}

// The file without a name, for linkat. Needs /proc.
std::string ProcPath(int fd) { return absl::StrCat("/proc/self/fd/", fd); }

int LinkTo(int fd, const std::string& name) {
  return linkat(AT_FDCWD, ProcPath(fd).c_str(), AT_FDCWD, name.c_str(),
                AT_SYMLINK_FOLLOW);
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

// Tries `make` with one hidden name after another until one is free; empty
// with errno set if none is or `make` fails otherwise.
template <typename Make>
std::string FirstFreeName(const std::string& target,
                          const DraftFile::DrawNumber& draw, const Make& make) {
  for (int i = 0; i < kMaxNames; ++i) {
    std::string name = HiddenName(target, draw());
    if (make(name)) return name;
    if (errno != EEXIST) break;
  }
  return "";
}

}  // namespace

uint64_t DraftFile::RandomNumber() {
  uint64_t number = 0;
  if (getrandom(&number, sizeof(number), GRND_NONBLOCK) == sizeof(number)) {
    return number;
  }
  // Too early in the system's life; names that are taken are tried again.
  static std::atomic<uint64_t> count = 0;
  return static_cast<uint64_t>(
             std::chrono::steady_clock::now().time_since_epoch().count()) +
         count.fetch_add(1);
}

std::unique_ptr<DraftFile> DraftFile::Open(const std::string& target, Kind kind,
                                           const DrawNumber& draw) {
  std::unique_ptr<DraftFile> draft(new DraftFile(target, draw));
  if (kind == Kind::kUnnamed && draft->OpenUnnamed()) return draft;
  if (!draft->OpenNamed()) draft.reset();
  return draft;
}

bool DraftFile::OpenUnnamed() {
  const std::filesystem::path folder =
      std::filesystem::path(target_).parent_path();
  fd_ = open(folder.empty() ? "." : folder.c_str(),
             O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
  if (fd_ < 0) return false;
  if (access(ProcPath(fd_).c_str(), F_OK) == 0) return true;
  close(std::exchange(fd_, -1));
  return false;
}

bool DraftFile::OpenNamed() {
  std::lock_guard<std::mutex> lock(NamesMutex());
  name_ = FirstFreeName(target_, draw_, [this](const std::string& name) {
    fd_ = open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    return fd_ >= 0;
  });
  if (name_.empty()) return false;
  Names().insert(name_);
  return true;
}

DraftFile::~DraftFile() {
  const int error = errno;  // of a failed Open
  if (fd_ >= 0) close(fd_);
  if (!name_.empty()) {
    std::lock_guard<std::mutex> lock(NamesMutex());
    if (Names().erase(name_) > 0) unlink(name_.c_str());
  }
  errno = error;
}

int DraftFile::Publish(bool replace) {
  // Some network file systems report a full disk only here, or at close.
  if (fsync(fd_) != 0) return errno;
  if (name_.empty()) return Link(replace);
  if (close(std::exchange(fd_, -1)) != 0) return errno;
  std::lock_guard<std::mutex> lock(NamesMutex());
  if (Rename(name_, target_, replace) != 0) return errno;
  Names().erase(name_);
  return 0;
}

int DraftFile::Link(bool replace) {
  std::lock_guard<std::mutex> lock(NamesMutex());
  int error = LinkTo(fd_, target_) == 0 ? 0 : errno;
  if (error == EEXIST && replace) {
    // A link cannot take the place of a file, only a rename can.
    const std::string name =
        FirstFreeName(target_, draw_, [this](const std::string& free_name) {
          return LinkTo(fd_, free_name) == 0;
        });
    if (name.empty()) return errno;
    error = Rename(name, target_, true) == 0 ? 0 : errno;
    if (error != 0) unlink(name.c_str());
  }
  close(std::exchange(fd_, -1));
  return error;
}

void RemoveDrafts() {
  NamesMutex().lock();  // for good: the process is about to end
  for (const std::string& name : Names()) unlink(name.c_str());
}

}  // namespace tacet
