// SPDX-License-Identifier: Apache-2.0
#include "daemon/jack_memory.h"

#include <sys/mman.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace tacet {
namespace {

// As libjack names its segments, /jack-<user>-<number>.
constexpr char kSegment[] = "/dev/shm/jack-";
// The segments of engine and clients are a few pages, and stay as they are.
constexpr uintptr_t kLargeBytes = 4 << 20;

}  // namespace

void ReleaseJackMemory() {
  std::FILE* const maps = std::fopen("/proc/self/maps", "re");
  if (maps == nullptr) return;
  char line[512];
  while (std::fgets(line, sizeof(line), maps) != nullptr) {
    uintptr_t begin = 0;
    uintptr_t end = 0;
    if (std::strstr(line, kSegment) == nullptr ||
        std::sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &begin, &end) != 2 ||
        end - begin < kLargeBytes) {
      continue;
    }
    // An error leaves what was there.
    void* const segment = reinterpret_cast<void*>(begin);
    munlock(segment, end - begin);
    madvise(segment, end - begin, MADV_DONTNEED);
  }
  std::fclose(maps);
}

}  // namespace tacet
