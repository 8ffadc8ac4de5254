// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_TESTS_SUPPORT_SYSCALL_TRAP_H_
#define TACET_TESTS_SUPPORT_SYSCALL_TRAP_H_

#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

namespace tacet {

// Whether the traps below can be set: qemu-user sets none.
inline bool CanTrap() { return prctl(PR_GET_SECCOMP) >= 0; }

// From here on every system call but exit and exit_group ends the process by
// SIGSYS. clock_gettime is not among them: it must not leave the vDSO. For the
// child of a death test.
inline void AllowOnlyExit() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter = {sizeof(program) / sizeof(program[0]), program};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    _exit(3);
  }
}

// The same, but futex(FUTEX_WAKE_PRIVATE) to one waiter is allowed too: the one
// wake of WorkerWake.
inline void AllowOnlyExitAndWake() {
  constexpr auto kLow = [](int argument) {  // of 64 bits, little-endian
    return static_cast<__u32>(offsetof(seccomp_data, args) + 8 * argument);
  };
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 7, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 6, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex, 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kLow(1)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FUTEX_WAKE_PRIVATE, 0, 2),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kLow(2)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter = {sizeof(program) / sizeof(program[0]), program};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    _exit(3);
  }
}

}  // namespace tacet

#endif  // TACET_TESTS_SUPPORT_SYSCALL_TRAP_H_
