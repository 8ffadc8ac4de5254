// SPDX-License-Identifier: Apache-2.0
#include "daemon/jack_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace tacet {
namespace {

TEST(JackSocket, PathsAreThoseOfServersOfThisNameAndUser) {
  EXPECT_EQ(JackSocketPaths("a/b", 1000),
            (std::vector<std::string>{
                "/dev/shm/jack_a_b_1000_0", "/dev/shm/jack-1000/a_b/jack_0",
                "/tmp/jack_a_b_1000_0", "/tmp/jack-1000/a_b/jack_0"}));
}

TEST(JackSocket, SocketThatAKilledServerLeftDoesNotListen) {
  const std::string path = "/tmp/tacet_jack_socket_" + std::to_string(getpid());
  const std::vector<std::string> paths = {"/nowhere/jack_0", path};
  EXPECT_FALSE(AnyListens(paths));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(
      bind(server, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(listen(server, 1), 0);
  EXPECT_TRUE(AnyListens(paths));
  close(server);
  EXPECT_FALSE(AnyListens(paths));
  unlink(path.c_str());
}

}  // namespace
}  // namespace tacet
