// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_OFFLOAD_H_
#define TACET_MODEL_OFFLOAD_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "model/estimator_source.h"
#include "model/mask_estimator.h"
#include "model/offload_status.h"
#include "model/offload_worker.h"

namespace tacet {

// What stands in for an answer that does not come in time.
//   kShadow  another estimator of the same masks, which runs every token beside
//            the backend: no difference to be heard, all of the cost.
//   kHold    the last mask, which decays to the limit of attenuation.
enum class OffloadFallback { kShadow, kHold };

struct OffloadParams {
  OffloadFallback fallback = OffloadFallback::kShadow;
  // From Submit to the answer; at most a hop for each of delay_hops.
  double deadline_s = 0.008;
  // Extra latency: a token is collected so many hops after it was submitted.
  int delay_hops = 1;  // 1..kMaxDelayHops
  // Misses in a row after which the backend is left alone for a while.
  int max_misses = 5;
  int min_backoff_hops = 125;       // doubled each time, a second at first
  int max_backoff_hops = 125 * 64;  // about a minute
  int64_t (*clock)() noexcept = &SteadyClockNs;  // realtime-safe

  static constexpr int kMaxDelayHops = 4;
};

enum class OffloadState { kRunning, kBackedOff, kProbing };

// Lets a backend on another thread estimate the masks, across bounded queues,
// with a deadline. No answer in time, a wrong one, or none at all is a miss:
// the fallback answers. Submit and Collect never wait.
//   State: that of the shadow, else that after the backend's last answer.
class OffloadEstimator final : public MaskEstimator {
 public:
  // shadow: null for kHold, where `like` tells what kind of estimator it is.
  OffloadEstimator(std::function<std::unique_ptr<MaskEstimator>()> make,
                   std::unique_ptr<MaskEstimator> shadow,
                   const MaskEstimator& like, const OffloadParams& params,
                   std::shared_ptr<OffloadStatus> status);
  ~OffloadEstimator() override;

  const FrontEndId& front_end() const override { return front_end_; }
  int num_features() const override { return num_features_; }
  MaskKind mask_kind() const override { return mask_kind_; }
  float max_mask_modulus() const override { return max_mask_modulus_; }
  int delay_hops() const override { return params_.delay_hops; }
  bool Submit(std::span<const float> features) noexcept TACET_REALTIME override;
  // Always has an answer for a token that was submitted.
  bool Collect(std::span<std::complex<float>> mask) noexcept
      TACET_REALTIME override;
  void Reset() noexcept TACET_REALTIME override;
  size_t state_size() const override { return state_.size(); }
  void ExportState(std::span<float> state) const noexcept
      TACET_REALTIME override;
  bool ImportState(std::span<const float> state) noexcept
      TACET_REALTIME override;
  // Of what runs on the audio thread.
  double worst_case_seconds() const override;

  OffloadState state() const { return phase_; }
  // For tests and files: until the worker has nothing left to do.
  void WaitUntilIdle() const { worker_.WaitUntilIdle(); }

 private:
  enum class Outcome { kAnswered, kLate, kFailed, kWrong, kNotSent };

  struct Token {
    uint64_t sequence = 0;
    int64_t submitted_ns = 0;
    bool is_sent = false;
    std::vector<std::complex<float>> shadow;  // [kNumModelBins]
  };

  bool MaySend() noexcept TACET_REALTIME;
  bool Send(std::span<const float> features, int64_t now_ns,
            uint64_t sequence) noexcept TACET_REALTIME;
  Outcome Judge(const Token& token,
                OffloadAnswer** answer) noexcept TACET_REALTIME;
  void Count(Outcome outcome) noexcept TACET_REALTIME;
  void Settle(Outcome outcome) noexcept TACET_REALTIME;
  void BackOff() noexcept TACET_REALTIME;
  void Hold(const OffloadAnswer* answer,
            std::span<std::complex<float>> mask) noexcept TACET_REALTIME;
  void Forget() noexcept TACET_REALTIME;

  const OffloadParams params_;
  const FrontEndId front_end_;
  const int num_features_;
  const MaskKind mask_kind_;
  const float max_mask_modulus_;
  const int64_t deadline_ns_;
  std::shared_ptr<OffloadStatus> status_;
  std::unique_ptr<MaskEstimator> shadow_;
  std::vector<float> state_;   // [state_size] to export or to send
  bool needs_state_ = true;    // the next token brings the state
  std::vector<Token> tokens_;  // a ring of those that wait
  uint64_t num_submitted_ = 0, num_collected_ = 0;
  OffloadState phase_ = OffloadState::kRunning;
  int num_misses_ = 0;  // in a row
  int backoff_hops_;    // of the next time
  int hops_to_wait_ = 0;
  int num_good_ = 0;  // in a row
  // kHold: the last mask, and how much of it is still in what is given.
  std::vector<std::complex<float>> held_;  // [kNumModelBins]
  int hops_to_blend_ = 0;
  OffloadWorker worker_;
};

// Every estimator of `backend` on a thread of its own, with those of `shadow`
// beside them, or for kHold none. Both must be of one model, and for kShadow
// give the same masks to the bit.
// Errors: InvalidArgument for params out of range, naming the limit.
absl::StatusOr<EstimatorSource> OffloadEstimators(
    EstimatorSource backend, EstimatorSource shadow,
    const OffloadParams& params, std::shared_ptr<OffloadStatus> status);

}  // namespace tacet

#endif  // TACET_MODEL_OFFLOAD_H_
