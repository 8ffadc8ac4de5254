// SPDX-License-Identifier: Apache-2.0
#include "daemon/memory_lock.h"

#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tacet {

absl::Status LockHeap() {
  // What loading left behind goes back first: free pages need no lock.
  malloc_trim(0);
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
  // What is not in use yet is not brought in: sound servers' libraries reserve
  // megabytes that they never touch.
  if (mlock2(reinterpret_cast<void*>(begin), end - begin, MLOCK_ONFAULT) != 0) {
    const int error = errno;
    rlimit limit = {};
    getrlimit(RLIMIT_MEMLOCK, &limit);
    return absl::ResourceExhaustedError(
        absl::StrCat("cannot lock ", end - begin, " bytes of memory (limit ",
                     limit.rlim_cur, "): ", std::strerror(error)));
  }
  return absl::OkStatus();
}

absl::Status LockStack(uintptr_t address) {
  const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t begin = (address - kStackBytes) / page * page;
  const uintptr_t end = (address / page + 1) * page;
  if (mlock(reinterpret_cast<void*>(begin), end - begin) == 0) {
    return absl::OkStatus();
  }
  return absl::ErrnoToStatus(
      errno, absl::StrCat("cannot lock ", end - begin, " bytes of a stack"));
}

int64_t LockedBytes() {
  std::FILE* const status = std::fopen("/proc/self/status", "re");
  if (status == nullptr) return 0;
  char line[256];
  int64_t kib = 0;
  while (std::fgets(line, sizeof(line), status) != nullptr &&
         std::sscanf(line, "VmLck: %" SCNd64, &kib) != 1) {
  }
  std::fclose(status);
  return kib * 1024;
}

void KeepBlocksOnHeap() {
  // Each thread would else have an arena of its own, outside the heap.
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

}  // namespace tacet
