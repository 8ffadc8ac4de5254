// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_OFFLOAD_WORKER_H_
#define TACET_MODEL_OFFLOAD_WORKER_H_

#include <atomic>
#include <complex>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

#include "dsp/realtime.h"
#include "model/mask_estimator.h"
#include "model/slot_queue.h"
#include "model/worker_wake.h"

namespace tacet {

// A token on its way to a backend elsewhere.
struct OffloadRequest {
  uint64_t sequence = 0;  // rises by one a token
  int64_t submitted_ns = 0;
  bool has_state = false;       // take `state` over before this token
  std::vector<float> features;  // [num_features]
  std::vector<float> state;     // [state_size]
};

// What came back for it.
struct OffloadAnswer {
  uint64_t sequence = 0;
  bool is_ok = false;
  int64_t finished_ns = 0;
  std::vector<std::complex<float>> mask;  // [kNumModelBins]
  std::vector<float> state;               // [state_size] after the token
};

// Nanoseconds of the monotonic clock. Realtime-safe: yes, it is no system call
// where the kernel maps its clock into the process.
int64_t SteadyClockNs() noexcept TACET_REALTIME;

// Runs a backend on a thread of its own. A backend that gives no answer, or one
// that no mask can be, is made anew after kMaxFailures tokens and takes over
// the state after the last good one.
class OffloadWorker {
 public:
  static constexpr int kQueueSlots = 8;
  static constexpr int kMaxFailures = 3;

  struct Params {
    // A new backend; null where there is none now. Called on the worker's
    // thread.
    std::function<std::unique_ptr<MaskEstimator>()> make;
    int num_features = kNumModelBins;
    size_t state_size = 0;
    // Of a mask; a backend that gives more is out of order.
    float max_modulus = std::numeric_limits<float>::infinity();
    // Tokens older than this are answered without work where the next ones
    // bring the state with them; 0: all are worked on.
    int64_t skip_after_ns = 0;
    int64_t (*clock)() noexcept = &SteadyClockNs;
  };

  explicit OffloadWorker(Params params);
  // Waits for the backend to come back from its present token.
  ~OffloadWorker();
  OffloadWorker(const OffloadWorker&) = delete;
  OffloadWorker& operator=(const OffloadWorker&) = delete;

  // Written by the audio thread, and read by it.
  SlotQueue<OffloadRequest>& requests() { return requests_; }
  // The request's slot is filled: to the worker with it, which is woken where
  // it sleeps (WorkerWake::Ring).  Realtime-safe: yes.
  void Publish() noexcept TACET_REALTIME {
    requests_.Publish();
    wake_.Ring();
  }
  SlotQueue<OffloadAnswer>& answers() { return answers_; }

  // Backends made so far.  Thread: any.
  int64_t num_made() const { return num_made_.load(); }
  // Blocks until nothing waits and nothing is worked on.  Thread: any.
  void WaitUntilIdle() const;

 private:
  void Run();
  void Work(const OffloadRequest& request, OffloadAnswer* answer);
  bool Estimate(const OffloadRequest& request, OffloadAnswer* answer);

  Params params_;
  SlotQueue<OffloadRequest> requests_;
  WorkerWake wake_;
  SlotQueue<OffloadAnswer> answers_;
  std::unique_ptr<MaskEstimator> backend_;
  std::vector<float> snapshot_;  // state after the last good token
  bool has_snapshot_ = false;
  bool needs_state_ = false;  // tokens were skipped
  int num_failures_ = 0;      // in a row
  std::atomic<int64_t> num_made_ = 0;
  std::atomic<bool> is_busy_ = false;
  std::atomic<bool> stop_ = false;
  std::thread thread_;  // last: it uses all above
};

}  // namespace tacet

#endif  // TACET_MODEL_OFFLOAD_WORKER_H_
