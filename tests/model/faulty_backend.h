// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_TESTS_MODEL_FAULTY_BACKEND_H_
#define TACET_TESTS_MODEL_FAULTY_BACKEND_H_

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <thread>
#include <utility>

#include "model/estimator_source.h"

namespace tacet {

// What a backend does to a token.
enum class Fault {
  kNone,
  kRefuse,    // no answer; the state does not see the token
  kLose,      // no answer, but the state has seen the token
  kDelay,     // TestClock goes on by 20 ms before the answer
  kWrong,     // a mask that is not the network's
  kNoNumber,  // a mask of NaN
  kLoud,      // a mask of 8: what the network hears, 18 dB louder
  kDie,       // no answer any more, and no backend can be made in its place
  kStall,     // does not come back before Plan::release
};

// Stands still but for delays, so that how busy the machine is does not matter.
inline std::atomic<int64_t> g_test_clock_ns = 1;
inline int64_t TestClock() noexcept { return g_test_clock_ns; }

// Which tokens fail, by their number over all backends made; and what becomes
// of a backend that is made anew.
struct FaultPlan {
  std::function<Fault(int64_t token)> fault = [](int64_t) {
    return Fault::kNone;
  };
  std::atomic<bool> is_gone = false;  // no backend can be made
  std::atomic<bool> release = false;  // lets those that stall go on
  std::atomic<int64_t> num_tokens = 0;
};

// A real backend that fails as planned.
class FaultyBackend final : public MaskEstimator {
 public:
  FaultyBackend(std::unique_ptr<MaskEstimator> real,
                std::shared_ptr<FaultPlan> plan)
      : real_(std::move(real)), plan_(std::move(plan)) {}

  const FrontEndId& front_end() const override { return real_->front_end(); }
  int num_features() const override { return real_->num_features(); }
  MaskKind mask_kind() const override { return real_->mask_kind(); }
  bool Submit(std::span<const float> features) noexcept override {
    fault_ = plan_->fault(plan_->num_tokens++);
    if (fault_ == Fault::kDie) plan_->is_gone = is_dead_ = true;
    if (is_dead_ || fault_ == Fault::kRefuse) return false;
    while (fault_ == Fault::kStall && !plan_->release) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (fault_ == Fault::kDelay) g_test_clock_ns += 20'000'000;
    return real_->Submit(features);
  }
  bool Collect(std::span<std::complex<float>> mask) noexcept override {
    const bool has_answer = real_->Collect(mask);
    if (fault_ == Fault::kLose) return false;
    if (fault_ == Fault::kWrong) {
      mask[5] += mask[5].real() < 0.5f ? 0.25f : -0.25f;
    }
    if (fault_ == Fault::kLoud) std::ranges::fill(mask, 8.0f);
    if (fault_ == Fault::kNoNumber) {
      mask[5] = std::numeric_limits<float>::quiet_NaN();
    }
    return has_answer;
  }
  void Reset() noexcept override { real_->Reset(); }
  size_t state_size() const override { return real_->state_size(); }
  void ExportState(std::span<float> state) const noexcept override {
    real_->ExportState(state);
  }
  bool ImportState(std::span<const float> state) noexcept override {
    return real_->ImportState(state);
  }
  double worst_case_seconds() const override { return 0.0; }

 private:
  std::unique_ptr<MaskEstimator> real_;
  std::shared_ptr<FaultPlan> plan_;
  Fault fault_ = Fault::kNone;
  bool is_dead_ = false;
};

inline EstimatorSource Faulty(EstimatorSource real,
                              std::shared_ptr<FaultPlan> plan) {
  EstimatorSource source = real;
  source.make = [real, plan]() -> std::unique_ptr<MaskEstimator> {
    if (plan->is_gone) return nullptr;
    return std::make_unique<FaultyBackend>(real.make(), plan);
  };
  return source;
}

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_FAULTY_BACKEND_H_
