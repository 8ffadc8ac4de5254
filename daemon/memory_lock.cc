// SPDX-License-Identifier: Apache-2.0
#include "daemon/memory_lock.h"

#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tacet {

absl::StatusOr<int64_t> LockHeap() {
  std::FILE* const maps = std::fopen("/proc/self/maps", "re");
  if (maps == nullptr) {
    return absl::ErrnoToStatus(errno, "/proc/self/maps: cannot open");
  }
  char line[512];
  uintptr_t begin = 0;
  uintptr_t end = 0;
  bool found = false;
  while (!found && std::fgets(line, sizeof(line), maps) != nullptr) {
    found = std::strstr(line, "[heap]") != nullptr &&
            std::sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &begin, &end) == 2;
  }
  std::fclose(maps);
  if (!found) return absl::NotFoundError("/proc/self/maps: no heap");
  if (mlock(reinterpret_cast<void*>(begin), end - begin) != 0) {
    const int error = errno;
    rlimit limit = {};
    getrlimit(RLIMIT_MEMLOCK, &limit);
    return absl::ResourceExhaustedError(
        absl::StrCat("cannot lock ", end - begin, " bytes of memory (limit ",
                     limit.rlim_cur, "): ", std::strerror(error)));
  }
  return static_cast<int64_t>(end - begin);
}

void KeepBlocksOnHeap() {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

}  // namespace tacet
