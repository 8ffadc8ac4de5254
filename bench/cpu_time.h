// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_BENCH_CPU_TIME_H_
#define TACET_BENCH_CPU_TIME_H_

#include <time.h>

namespace tacet {

// Of this thread: other programs take their share of the wall's time.
inline double CpuMicroseconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return 1e6 * static_cast<double>(t.tv_sec) +
         1e-3 * static_cast<double>(t.tv_nsec);
}

}  // namespace tacet

#endif  // TACET_BENCH_CPU_TIME_H_
