// SPDX-License-Identifier: Apache-2.0
#include "daemon/control_socket.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

constexpr int kBacklog = 64;
constexpr int kLockTries = 20;
constexpr timespec kLockPause = {0, 50'000'000};

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

absl::Status Failure(const std::string& path, const char* what) {
  return absl::ErrnoToStatus(errno, absl::StrCat(path, ": ", what));
}

absl::StatusOr<sockaddr_un> Address(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": ", path.size(), " bytes, a socket's path has 1 to ",
        sizeof address.sun_path - 1));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

// Opens the folder, made if it is missing, and lets nobody else in.
absl::StatusOr<int> OpenFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return Failure(path, "cannot make this folder");
  }
  Descriptor folder(
      open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (folder.get() < 0) return Failure(path, "cannot open this folder");
  struct stat about;
  if (fstat(folder.get(), &about) != 0) return Failure(path, "cannot look");
  if (about.st_uid != geteuid()) {
    return absl::PermissionDeniedError(
        absl::StrCat(path, ": belongs to user ", about.st_uid,
                     ", must belong to user ", geteuid()));
  }
  if ((about.st_mode & 0777) != 0700 && fchmod(folder.get(), 0700) != 0) {
    return Failure(path, "cannot set its mode to 0700");
  }
  return folder.Release();
}

// Two daemons that start at once must not remove each other's socket.
absl::Status Lock(int folder, const std::string& path) {
  for (int i = 0; i < kLockTries; ++i) {
    if (flock(folder, LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
    if (errno != EWOULDBLOCK && errno != EINTR) break;
    nanosleep(&kLockPause, nullptr);
  }
  return Failure(path, "another program keeps this folder locked");
}

// OK when the file was removed or never was.
absl::Status RemoveStale(const sockaddr_un& address, const std::string& path) {
  struct stat about;
  if (lstat(path.c_str(), &about) != 0) {
    return errno == ENOENT ? absl::OkStatus() : Failure(path, "cannot look");
  }
  if (!S_ISSOCK(about.st_mode)) {
    return absl::AlreadyExistsError(
        absl::StrCat(path, ": is no socket; remove it to start the daemon"));
  }
  Descriptor probe(
      socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (probe.get() < 0) return Failure(path, "cannot make a socket");
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  // EAGAIN: somebody listens whose queue is full.
  if (connect(probe.get(), generic, sizeof address) == 0 || errno == EAGAIN) {
    return absl::AlreadyExistsError(
        absl::StrCat(path, ": another tacetd is running"));
  }
  if (errno != ECONNREFUSED && errno != ENOENT) {
    return Failure(path, "cannot tell whether a daemon listens here");
  }
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return Failure(path, "cannot remove what a dead daemon left");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ControlSocket> ControlSocket::Listen(const std::string& path) {
  absl::StatusOr<sockaddr_un> address = Address(path);
  if (!address.ok()) return address.status();
  const std::string folder_path = path.substr(0, path.rfind('/'));
  absl::StatusOr<int> opened = OpenFolder(folder_path);
  if (!opened.ok()) return opened.status();
  Descriptor folder(*opened);
  absl::Status status = Lock(folder.get(), folder_path);
  if (status.ok()) status = RemoveStale(*address, path);
  if (!status.ok()) return status;

  Descriptor fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return Failure(path, "cannot make a socket");
  const auto* generic = reinterpret_cast<const sockaddr*>(&*address);
  if (bind(fd.get(), generic, sizeof *address) != 0) {
    return Failure(path, "cannot bind");
  }
  // Nobody can connect before listen, and only we can reach the folder.
  if (chmod(path.c_str(), 0600) != 0 || listen(fd.get(), kBacklog) != 0) {
    status = Failure(path, "cannot listen");
    unlink(path.c_str());
    return status;
  }
  return ControlSocket(fd.Release(), path);
}

absl::StatusOr<ControlSocket> ControlSocket::Adopt(int fd,
                                                   const std::string& path) {
  int listens = 0;
  socklen_t size = sizeof listens;
  sockaddr_un address = {};
  socklen_t address_size = sizeof address - 1;  // so that a NUL follows
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 ||
      listens == 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &address_size) !=
          0 ||
      address.sun_family != AF_UNIX || path != address.sun_path) {
    return absl::InvalidArgumentError(
        absl::StrCat("descriptor ", fd, " does not listen on ", path));
  }
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK)) {
    return Failure(path, "cannot set the descriptor's flags");
  }
  return ControlSocket(fd, path);
}

ControlSocket::~ControlSocket() {
  if (fd_ < 0) return;
  unlink(path_.c_str());
  close(fd_);
}

int ControlSocket::KeepForExec() {
  if (fd_ >= 0) fcntl(fd_, F_SETFD, 0);
  return std::exchange(fd_, -1);
}

}  // namespace tacet
