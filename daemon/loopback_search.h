// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_LOOPBACK_SEARCH_H_
#define TACET_DAEMON_LOOPBACK_SEARCH_H_

#include <cstdint>
#include <span>

#include "daemon/loopback_report.h"
#include "daemon/loopback_tape.h"

namespace tacet {

// Finds each burst on the tape, to within one sample, where its normalised
// correlation with the tape exceeds kLeastCorrelation, at most kLongestMs after
// it was sent. Fills in all of the report but expected_ms.
//   sent_ns  [bursts] as LoopbackProbe has noted them
// Thread: any; it takes up to a second.
inline constexpr double kLeastCorrelation = 0.6;
inline constexpr int kLongestMs = 1500;
LoopbackReport FindBursts(std::span<const int64_t> sent_ns,
                          const LoopbackTape& tape);

}  // namespace tacet

#endif  // TACET_DAEMON_LOOPBACK_SEARCH_H_
