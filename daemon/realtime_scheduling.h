// SPDX-License-Identifier: Apache-2.0
// Real-time priority for audio threads of our own.
#ifndef TACET_DAEMON_REALTIME_SCHEDULING_H_
#define TACET_DAEMON_REALTIME_SCHEDULING_H_

#include <pthread.h>
#include <sys/types.h>

#include <string>

#include "daemon/audio_backend.h"

namespace tacet {

struct RealtimeGrant {
  RealtimeKind kind = RealtimeKind::kNone;
  std::string detail;  // why it is kNone
};

// Asks for SCHED_FIFO at kRealtimePriority for a thread of this process: by
// RLIMIT_RTPRIO, then through RTKit on the system bus (waiting at most
// kRtkitTimeoutMs for the bus, and for RTKit), else not. It is best effort:
// audio runs without, too. Sets RLIMIT_RTTIME to at most 200 ms, as RTKit
// demands, so that a thread that runs away is stopped by the kernel instead of
// freezing the machine.
//   thread  as gettid() gives it
// Thread: any but an audio thread in its cycle; before audio flows.
inline constexpr int kRealtimePriority = 15;
inline constexpr int kRtkitTimeoutMs = 100;
RealtimeGrant MakeThreadRealtime(pid_t thread);
// As it is where is_wanted is false: kNone, and why.
RealtimeGrant RequestRealtime(bool is_wanted, pid_t thread);

// Takes it back: as threads are by default.
void MakeThreadOrdinary(pid_t thread);

// How a living thread is scheduled, where a library has seen to it.
RealtimeKind ObservedRealtime(pthread_t thread);
// gettid() of a living thread.
pid_t ThreadId(pthread_t thread);

}  // namespace tacet

#endif  // TACET_DAEMON_REALTIME_SCHEDULING_H_
