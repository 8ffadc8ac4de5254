// SPDX-License-Identifier: Apache-2.0
#include "model/offload_worker.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace tacet {
namespace {

// The modulus of a complex mask is within a few roundings of its rule's.
constexpr float kRounding = 1.0001f;

template <typename Slot>
std::vector<Slot> MakeSlots(const Slot& slot) {
  return std::vector<Slot>(OffloadWorker::kQueueSlots, slot);
}

OffloadRequest EmptyRequest(int num_features, size_t state_size) {
  OffloadRequest request;
  request.features.resize(num_features);
  request.state.resize(state_size);
  return request;
}

OffloadAnswer EmptyAnswer(size_t state_size) {
  OffloadAnswer answer;
  answer.mask.resize(kNumModelBins);
  answer.state.resize(state_size);
  return answer;
}

}  // namespace

int64_t SteadyClockNs() noexcept TACET_REALTIME {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

OffloadWorker::OffloadWorker(Params params)
    : params_(std::move(params)),
      requests_(
          MakeSlots(EmptyRequest(params_.num_features, params_.state_size))),
      answers_(MakeSlots(EmptyAnswer(params_.state_size))),
      snapshot_(params_.state_size),
      thread_([this] { Run(); }) {}

OffloadWorker::~OffloadWorker() {
  stop_ = true;
  wake_.Ring();
  thread_.join();
}

void OffloadWorker::WaitUntilIdle() const {
  while (!requests_.is_empty() || is_busy_) {
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

void OffloadWorker::Run() {
  for (;;) {
    const uint32_t seen = wake_.Look();
    if (stop_) return;
    // Set before the look, so that no one sees an empty queue and an idle
    // worker while it has a token in hand.
    is_busy_ = true;
    OffloadRequest* request = requests_.ReadSlot();
    if (request == nullptr) {
      is_busy_ = false;
      wake_.Sleep(seen);
      continue;
    }
    // Where nobody fetches the answers there is no room, and none is missed.
    if (OffloadAnswer* answer = answers_.WriteSlot()) {
      Work(*request, answer);
      answers_.Publish();
    }
    requests_.Release();
    is_busy_ = false;
  }
}

void OffloadWorker::Work(const OffloadRequest& request, OffloadAnswer* answer) {
  answer->sequence = request.sequence;
  answer->is_ok = false;
  const bool is_stale =
      params_.skip_after_ns > 0 &&
      params_.clock() - request.submitted_ns > params_.skip_after_ns;
  if (is_stale || (needs_state_ && !request.has_state)) {
    needs_state_ = true;
  } else {
    needs_state_ = false;
    answer->is_ok = Estimate(request, answer);
    num_failures_ = answer->is_ok ? 0 : num_failures_ + 1;
    if (num_failures_ >= kMaxFailures) {
      backend_.reset();
      num_failures_ = 0;
    }
  }
  answer->finished_ns = params_.clock();
}

bool OffloadWorker::Estimate(const OffloadRequest& request,
                             OffloadAnswer* answer) {
  if (backend_ == nullptr) {
    backend_ = params_.make();
    if (backend_ == nullptr) return false;
    ++num_made_;
    if (has_snapshot_ && !backend_->ImportState(snapshot_)) return false;
  }
  if (request.has_state && !backend_->ImportState(request.state)) return false;
  if (!backend_->Submit(request.features)) return false;
  if (!backend_->Collect(answer->mask)) return false;
  const float most = kRounding * params_.max_modulus;
  const auto is_sound = [most](std::complex<float> m) {
    // False for what is no number too.
    return std::norm(m) <= most * most;
  };
  if (!std::ranges::all_of(answer->mask, is_sound)) {
    // Its memory is not to be trusted either.
    backend_.reset();
    return false;
  }
  backend_->ExportState(answer->state);
  std::ranges::copy(answer->state, snapshot_.begin());
  has_snapshot_ = true;
  return true;
}

}  // namespace tacet
