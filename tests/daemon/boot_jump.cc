// SPDX-License-Identifier: Apache-2.0
//
// Preloaded into a program: while there is the file that $TACET_BOOT_JUMP
// names, boot time is an hour later than it is, as after a sleep.

#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  using Function = int (*)(clockid_t, timespec*);
  static const auto next =
      reinterpret_cast<Function>(dlsym(RTLD_NEXT, "clock_gettime"));
  const int result = next(clock, now);
  if (clock != CLOCK_BOOTTIME) return result;
  const char* const file = getenv("TACET_BOOT_JUMP");
  if (file != nullptr && access(file, F_OK) == 0) now->tv_sec += 3600;
  return result;
}
