// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_OFFLOAD_STATUS_H_
#define TACET_MODEL_OFFLOAD_STATUS_H_

#include <atomic>
#include <cstdint>

namespace tacet {

// What became of the tokens of offloaded estimators. Each token submitted and
// no longer waiting is counted once:
//   submitted = answered + late + failed + wrong + not_sent + dropped + waiting
// Thread: written by the audio thread, read by any.
struct OffloadStatus {
  std::atomic<int64_t> num_submitted = 0;
  std::atomic<int64_t> num_answered = 0;
  std::atomic<int64_t> num_late = 0;      // no answer before the deadline
  std::atomic<int64_t> num_failed = 0;    // the backend had none
  std::atomic<int64_t> num_wrong = 0;     // not that of the shadow
  std::atomic<int64_t> num_not_sent = 0;  // backed off, or the queue was full
  std::atomic<int64_t> num_dropped = 0;   // waiting at a Reset or import
  std::atomic<int64_t> num_backoffs = 0;
  std::atomic<int> num_backed_off = 0;  // estimators that are so now

  int64_t NumMissed() const {
    return num_late + num_failed + num_wrong + num_not_sent;
  }
};

}  // namespace tacet

#endif  // TACET_MODEL_OFFLOAD_STATUS_H_
