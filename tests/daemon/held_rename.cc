// SPDX-License-Identifier: Apache-2.0
//
// Preloaded into a program: a rename in a folder in which there is a file
// "held" waits until that is gone, as on a disk that does not answer.

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <string>

extern "C" int rename(const char* from, const char* to) noexcept {
  const std::string path = to;
  const std::string held = path.substr(0, path.rfind('/') + 1) + "held";
  const timespec pause = {0, 1'000'000};
  while (access(held.c_str(), F_OK) == 0) nanosleep(&pause, nullptr);
  return renameat(AT_FDCWD, from, AT_FDCWD, to);
}
