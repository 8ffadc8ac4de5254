// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_PROCESS_USAGE_H_
#define TACET_CLI_PROCESS_USAGE_H_

#include <cstdint>
#include <string>

namespace tacet {

// What the system tells of this process and its machine at a moment.
struct ProcessUsage {
  double cpu_s = 0;           // user and system
  double wall_s = 0;          // of a steady clock
  double stolen_s = 0;        // /proc/stat, all CPUs; steps of 10 ms
  int64_t num_preempted = 0;  // involuntary context switches

  static ProcessUsage Now();
};

// Resident memory, 0 where the system does not tell.
int64_t ResidentBytes();
int64_t PeakResidentBytes();

// Of the first processor, in bytes: its first-level data cache and its second
// level. 0 where the system does not tell.
int64_t FirstCacheBytes();
int64_t SecondCacheBytes();

// The CPU's model name, "unknown" where the system does not tell.
std::string CpuName();

// Counts instructions of this thread in user space from its construction on,
// where the system lets it.
class InstructionCounter {
 public:
  InstructionCounter();
  ~InstructionCounter();
  InstructionCounter(const InstructionCounter&) = delete;
  InstructionCounter& operator=(const InstructionCounter&) = delete;

  int64_t Count() const;  // 0: cannot count

 private:
  int fd_;
};

}  // namespace tacet

#endif  // TACET_CLI_PROCESS_USAGE_H_
