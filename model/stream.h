// SPDX-License-Identifier: Apache-2.0
// The engine for a device or file: any rate, any chunk size.
#ifndef TACET_MODEL_STREAM_H_
#define TACET_MODEL_STREAM_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "dsp/front_end.h"
#include "dsp/gain.h"
#include "dsp/hop_buffer.h"
#include "dsp/realtime.h"
#include "dsp/resampler.h"
#include "dsp/sample_fifo.h"
#include "model/denoiser.h"
#include "model/estimator_source.h"
#include "model/hop_observer.h"
#include "model/model.h"

namespace tacet {

struct StreamParams {
  static constexpr int kMinRateHz = 1000;
  static constexpr int kMaxRateHz = 384000;

  int sample_rate_hz = 48000;  // kMinRateHz..kMaxRateHz
  int num_channels = 1;        // 1..kMaxChannels
  ChannelLink link = ChannelLink::kIndependent;
  Strength strength;
  bool bypass = false;
  // The window that the caller counts on, e.g. for its latency; absent: the
  // model's. A model trained for another is refused.
  std::optional<WindowKind> window;
  int delay_hops = 0;  // as in DenoiserParams
};

struct StreamCounters {
  int64_t num_frames = 0;  // one sample of each channel
  int64_t num_hops = 0;
  int64_t num_missing_masks = 0;       // as in DenoiserCounters
  int64_t num_non_finite_samples = 0;  // as in DenoiserCounters

  friend bool operator==(const StreamCounters&,
                         const StreamCounters&) = default;
};

// Denoises planar float samples as they come: n frames in, n frames out, and
// the output does not depend on how the input was cut into chunks. Rates up to
// 16 kHz run at 16 kHz, all others at 48 kHz; other rates than those two are
// converted on the way in and out.
//   Latency: latency_samples(). Exact at 16 and 48 kHz; at other rates the true
//   one, which includes both filters, lies within half a sample of it.
//   State: all that Create set up; Reset() returns to it.
class Stream {
 public:
  // The engine's rate for a device's rate.
  static constexpr int EngineRateHz(int sample_rate_hz) {
    return sample_rate_hz <= 16000 ? 16000 : 48000;
  }

  // A model by itself runs on DefaultEstimators (model/fixed/estimator.h).
  // Errors: InvalidArgument when the rate or the number of channels is out of
  // range, and those of Denoiser::Create.
  // Thread: any.  Realtime-safe: no.
  static absl::StatusOr<std::unique_ptr<Stream>> Create(
      std::shared_ptr<const Model> model, const StreamParams& params);
  static absl::StatusOr<std::unique_ptr<Stream>> Create(
      const EstimatorSource& source, const StreamParams& params);

  // out[c][i] is the denoised in[c][i - latency_samples()].
  //   in, out: num_channels pointers to num_frames samples each; out[c] may be
  //   in[c].  num_frames >= 0
  // Thread: one at a time (audio).  Realtime-safe: yes.
  void Process(std::span<const float* const> in, std::span<float* const> out,
               int num_frames) noexcept TACET_REALTIME;

  // Back to the state after Create, with the present strength and bypass.
  // Thread: as Process.  Realtime-safe: yes.
  void Reset() noexcept TACET_REALTIME;

  // Reached over Gain::kRampMs, without a click and without a change of
  // latency.  Thread: as Process.  Realtime-safe: yes.
  void SetStrength(Strength strength) noexcept TACET_REALTIME {
    denoiser_->SetStrength(strength);
  }
  void SetBypass(bool bypass) noexcept TACET_REALTIME {
    denoiser_->SetBypass(bypass);
  }
  // As Gain::SetMix.
  void SetMix(float wet) noexcept TACET_REALTIME { denoiser_->SetMix(wet); }

  // As Denoiser::SetObserver.
  void SetObserver(HopObserver* observer) noexcept TACET_REALTIME {
    denoiser_->SetObserver(observer);
  }

  // In samples of the stream's rate.  Thread: any.  Realtime-safe: yes.
  int latency_samples() const noexcept TACET_REALTIME {
    return latency_samples_;
  }
  int sample_rate_hz() const { return sample_rate_hz_; }
  int num_channels() const { return denoiser_->num_channels(); }
  const FrontEnd& front_end() const { return denoiser_->front_end(); }

  // Since Create or Reset.  Thread: as Process.  Realtime-safe: yes.
  StreamCounters counters() const noexcept TACET_REALTIME;

 private:
  // Converts to the engine's rate and back; absent where that is the device's.
  struct Conversion {
    std::unique_ptr<Resampler> in;
    std::unique_ptr<Resampler> out;
    // The conversion there and back is up to a few samples ahead.
    SampleFifo ahead;
  };

  struct Channel {
    HopBuffer hops;
    std::vector<float> engine;  // a block at the engine's rate, done in place
    std::optional<Conversion> conversion;
  };

  Stream(const StreamParams& params, std::unique_ptr<Denoiser> denoiser);

  absl::Status AddChannel();
  double LatencySamples() const;

  // A block of at most kBlock frames from and to offset of in and out.
  void ProcessBlock(std::span<const float* const> in,
                    std::span<float* const> out, int offset,
                    int num_frames) noexcept TACET_REALTIME;
  int Convert(Channel& channel,
              std::span<const float> in) noexcept TACET_REALTIME;
  void Denoise(int num_engine_frames) noexcept TACET_REALTIME;
  void ConvertBack(Channel& channel, int num_engine_frames,
                   std::span<float> out) noexcept TACET_REALTIME;

  const int sample_rate_hz_;
  std::unique_ptr<Denoiser> denoiser_;
  int latency_samples_ = 0;
  std::vector<Channel> channels_;
  std::vector<const float*> input_hops_;  // [num_channels], of channels_
  std::vector<float*> output_hops_;       // [num_channels], of channels_
  std::vector<float> finite_;             // [kBlock]
  std::vector<float> converted_;          // a block back at the device's rate
  int64_t num_frames_ = 0;
  int64_t num_non_finite_samples_ = 0;
};

}  // namespace tacet

#endif  // TACET_MODEL_STREAM_H_
