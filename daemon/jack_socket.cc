// SPDX-License-Identifier: Apache-2.0
#include "daemon/jack_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

bool Listens(const std::string& path) {
  sockaddr_un address = {};
  if (path.size() >= sizeof(address.sun_path)) return false;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return false;
  const bool listens = connect(fd, reinterpret_cast<sockaddr*>(&address),
                               sizeof(address)) == 0 ||
                       errno == EAGAIN;  // its queue is full
  close(fd);
  return listens;
}

}  // namespace

std::vector<std::string> JackSocketPaths(std::string_view server, uid_t user) {
  std::string name(server);
  // As JACK 2 does.
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '/' || c == '\\'; },
      '_');
  std::vector<std::string> paths;
  for (const char* folder : {"/dev/shm", "/tmp"}) {
    paths.push_back(absl::StrCat(folder, "/jack_", name, "_", user, "_0"));
    paths.push_back(absl::StrCat(folder, "/jack-", user, "/", name, "/jack_0"));
  }
  return paths;
}

bool AnyListens(const std::vector<std::string>& paths) {
  return std::any_of(paths.begin(), paths.end(), &Listens);
}

}  // namespace tacet
