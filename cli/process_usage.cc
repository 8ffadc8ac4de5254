// SPDX-License-Identifier: Apache-2.0
#include "cli/process_usage.h"

#include <linux/perf_event.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

namespace tacet {
namespace {

double Seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
}

// The eighth number of /proc/stat's first line, in clock ticks.
double StolenSeconds() {
  std::ifstream stat("/proc/stat");
  std::string name;
  int64_t ticks[8] = {};
  stat >> name;
  for (int64_t& t : ticks) stat >> t;
  if (!stat) return 0;
  return static_cast<double>(ticks[7]) /
         static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

ProcessUsage ProcessUsage::Now() {
  ProcessUsage now;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  now.cpu_s = Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
  now.num_preempted = usage.ru_nivcsw;
  now.stolen_s = StolenSeconds();
  now.wall_s = std::chrono::duration<double>(
                   std::chrono::steady_clock::now().time_since_epoch())
                   .count();
  return now;
}

int64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

int64_t PeakResidentBytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

// What sysconf does not know it gives as 0 or -1.
int64_t FirstCacheBytes() {
#ifdef _SC_LEVEL1_DCACHE_SIZE
  return std::max<int64_t>(sysconf(_SC_LEVEL1_DCACHE_SIZE), 0);
#else
  return 0;
#endif
}

int64_t SecondCacheBytes() {
#ifdef _SC_LEVEL2_CACHE_SIZE
  return std::max<int64_t>(sysconf(_SC_LEVEL2_CACHE_SIZE), 0);
#else
  return 0;
#endif
}

std::string CpuName() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    const size_t colon = line.find(": ");
    if (colon != line.npos) return line.substr(colon + 2);
  }
  return "unknown";
}

InstructionCounter::InstructionCounter() {
  perf_event_attr event{};
  event.size = sizeof(event);
  event.type = PERF_TYPE_HARDWARE;
  event.config = PERF_COUNT_HW_INSTRUCTIONS;
  event.exclude_kernel = 1;
  event.exclude_hv = 1;
  fd_ = static_cast<int>(syscall(SYS_perf_event_open, &event, 0, -1, -1, 0));
}

InstructionCounter::~InstructionCounter() {
  if (fd_ >= 0) close(fd_);
}

int64_t InstructionCounter::Count() const {
  int64_t count = 0;
  if (fd_ < 0 || read(fd_, &count, sizeof(count)) != sizeof(count)) return 0;
  return count;
}

}  // namespace tacet
