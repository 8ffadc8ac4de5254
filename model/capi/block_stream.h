// SPDX-License-Identifier: Apache-2.0
// A stream behind the C API: any layout of samples, settings from any thread.
#ifndef TACET_MODEL_CAPI_BLOCK_STREAM_H_
#define TACET_MODEL_CAPI_BLOCK_STREAM_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "dsp/realtime.h"
#include "model/stream.h"

namespace tacet {

// Where the samples of a call lie: sample i of channel c at
// Channel(c)[i * stride].
template <typename Sample>
struct Frames {
  Sample* interleaved = nullptr;    // or null, and
  Sample* const* planar = nullptr;  // one pointer a channel
  size_t stride = 1;                // the number of channels, or 1

  Sample* Channel(size_t c) const {
    return interleaved != nullptr ? interleaved + c : planar[c];
  }
};

class BlockStream {
 public:
  explicit BlockStream(std::unique_ptr<Stream> stream);

  // Sample is float or int16_t.
  // Thread: audio.  Realtime-safe: yes.
  template <typename Sample>
  void Process(Frames<const Sample> in, Frames<Sample> out,
               size_t num_frames) noexcept TACET_REALTIME;

  // Thread: audio.  Realtime-safe: yes.
  void Reset() noexcept TACET_REALTIME;

  // Take effect with the next Process.  Thread: any.  Realtime-safe: yes.
  void SetStrength(Strength strength) noexcept TACET_REALTIME {
    limit_db_.store(strength.attenuation_limit_db, std::memory_order_relaxed);
  }
  void SetBypass(bool bypass) noexcept TACET_REALTIME {
    bypass_.store(bypass, std::memory_order_relaxed);
  }

  // As of the last Process or Reset.  Thread: any.  Realtime-safe: yes.
  StreamCounters counters() const noexcept TACET_REALTIME;
  int latency_samples() const noexcept TACET_REALTIME {
    return stream_->latency_samples();
  }
  size_t num_channels() const noexcept TACET_REALTIME { return planes_.size(); }

 private:
  void TakeSettings() noexcept TACET_REALTIME;
  void PublishCounters() noexcept TACET_REALTIME;

  std::unique_ptr<Stream> stream_;
  std::vector<std::vector<float>> planes_;  // [num_channels][kBlock]
  std::vector<const float*> in_;            // [num_channels], of planes_
  std::vector<float*> out_;                 // [num_channels], of planes_

  // Written by any thread, read by the audio thread.
  std::atomic<float> limit_db_ = kDefaultStrength.attenuation_limit_db;
  std::atomic<bool> bypass_ = false;

  // Written by the audio thread, read by any.
  std::atomic<int64_t> num_frames_ = 0;
  std::atomic<int64_t> num_hops_ = 0;
  std::atomic<int64_t> num_missing_masks_ = 0;
  std::atomic<int64_t> num_non_finite_samples_ = 0;

  static_assert(std::atomic<float>::is_always_lock_free &&
                std::atomic<int64_t>::is_always_lock_free);
};

}  // namespace tacet

#endif  // TACET_MODEL_CAPI_BLOCK_STREAM_H_
