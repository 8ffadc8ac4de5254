// SPDX-License-Identifier: Apache-2.0
// The engine at its own rate: hop in, hop out.
#ifndef TACET_MODEL_DENOISER_H_
#define TACET_MODEL_DENOISER_H_

#include <complex>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "dsp/front_end.h"
#include "dsp/gain.h"
#include "dsp/mask_post_filter.h"
#include "dsp/realtime.h"
#include "dsp/stft.h"
#include "dsp/upper_band.h"
#include "model/estimator_source.h"
#include "model/feature.h"
#include "model/hop_observer.h"
#include "model/mask_estimator.h"

namespace tacet {

inline constexpr int kMaxChannels = 32;

// How the channels of one stream share the network.
//   kIndependent: each has its own state and mask.
//   kLinked: one mask for all, from the magnitude sqrt(mean_c |X_c|^2) and the
//   turn sum_c X_{t,c} conj(X_{t-1,c}). It keeps the stereo image, costs one
//   network, and does not cancel a pair in opposite phase as a mean of the
//   signals would.
enum class ChannelLink { kIndependent, kLinked };

struct DenoiserParams {
  FrontEnd front_end;
  int num_channels = 1;  // 1..kMaxChannels
  ChannelLink link = ChannelLink::kIndependent;
  Strength strength;
  bool bypass = false;
  // Least extra latency, so that it does not depend on the estimators'.
  int delay_hops = 0;  // 0..kMaxDelayHops
};
inline constexpr int kMaxDelayHops = 32;

// What happened since Create or Reset.
struct DenoiserCounters {
  int64_t num_hops = 0;
  int64_t num_missing_masks = 0;       // of any channel; a gain of 1 stood in
  int64_t num_non_finite_samples = 0;  // replaced, see dsp/finite_samples.h

  friend bool operator==(const DenoiserCounters&,
                         const DenoiserCounters&) = default;
};

// Per hop and channel c, with M the estimator's mask of that very hop:
//   X_c = STFT(x_c)    M <- dsp/mask_post_filter (if the model has one)
//   M <- dsp/upper_band (at 48 kHz)    G <- dsp/gain (M)
//   y_c = overlap-add of IFFT(G X_c)
// Where the estimator gives no mask, M = 1 for that hop. A silent hop (see
// model/feature.h) is not shown to the network, which goes on after it as if
// it had not been, and has M = 1 too.
// An estimator with delay_hops() > 0 is collected so many hops later, and the
// spectra wait as long.
//   Latency: latency_samples() for the first sample of a finished hop; see
//   dsp/stft.h.  State: STFT overlap, features, network, ramps, counters.
class Denoiser {
 public:
  // Errors: InvalidArgument when num_channels is out of range, the strength is
  // not valid, the front end is not FrontEnd::Create's, or the estimators were
  // trained for another window than front_end.window (naming both).
  // Thread: any.  Realtime-safe: no.
  static absl::StatusOr<std::unique_ptr<Denoiser>> Create(
      const EstimatorSource& source, const DenoiserParams& params);

  // in, out: num_channels pointers to hop_size samples each; out[c] may be
  // in[c]. Run it under ScopedFlushDenormals.
  // Thread: one at a time.  Realtime-safe: yes, if the estimators are.
  void Process(std::span<const float* const> in,
               std::span<float* const> out) noexcept TACET_REALTIME;

  // Back to the state after Create, with the present strength and bypass.
  // Thread: as Process.  Realtime-safe: yes.
  void Reset() noexcept TACET_REALTIME;

  // Reached over Gain::kRampMs.  Thread: as Process.  Realtime-safe: yes.
  void SetStrength(Strength strength) noexcept TACET_REALTIME;
  void SetBypass(bool bypass) noexcept TACET_REALTIME;
  void SetMix(float wet) noexcept TACET_REALTIME;

  // Told of each hop's times; null (the default): no time is taken. It outlives
  // its use here.  Thread: as Process.  Realtime-safe: yes.
  void SetObserver(HopObserver* observer) noexcept TACET_REALTIME {
    observer_ = observer;
  }

  const FrontEnd& front_end() const { return front_end_; }
  // The front end's, and a hop for each hop of delay.
  int latency_samples() const {
    return front_end_.latency_samples + delay_hops_ * front_end_.hop_size;
  }
  int num_channels() const { return static_cast<int>(channels_.size()); }
  const DenoiserCounters& counters() const { return counters_; }

  // [num_bins] the mask of the last hop before strength; 1 before the first.
  std::span<const std::complex<float>> mask(int channel) const;

 private:
  struct Channel {
    std::unique_ptr<StftAnalysis> analysis;
    std::unique_ptr<StftSynthesis> synthesis;
    // A ring of the last delay_hops_ + 1 frames.  [num_bins] each
    std::vector<std::vector<std::complex<float>>> spectra;
    std::vector<std::complex<float>> heard;  // [kNumPhaseBins] the hop before
  };

  // What the network was shown of a hop.
  struct Frame {
    std::vector<std::complex<float>> spectrum;  // [kNumModelBins] it hears
    std::vector<std::complex<float>> turn;      // [kNumPhaseBins], or none
    bool is_silent = true;
    bool is_submitted = false;
  };

  // One network: of a channel, or of all where they are linked.
  struct Estimation {
    std::unique_ptr<MaskEstimator> estimator;
    Feature feature;
    MaskPostFilter post_filter;
    UpperBand upper_band;
    std::vector<Frame> frames;              // a ring: delay_hops() + 1
    std::vector<std::complex<float>> mask;  // [num_bins]
  };

  explicit Denoiser(const DenoiserParams& params);

  absl::Status AddChannel();
  absl::Status AddEstimation(const EstimatorSource& source);

  // Steps of Process.
  int64_t NowNs() noexcept TACET_REALTIME {
    return observer_ == nullptr ? 0 : observer_->NowNs();
  }
  void Analyse(std::span<const float* const> in) noexcept TACET_REALTIME;
  void Listen() noexcept TACET_REALTIME;
  void ListenToTurns() noexcept TACET_REALTIME;
  void Submit(Estimation& estimation) noexcept TACET_REALTIME;
  void Collect(Estimation& estimation) noexcept TACET_REALTIME;
  void Synthesise(std::span<float* const> out) noexcept TACET_REALTIME;

  // The frame of so many hops ago: spectra of a channel or Frames.
  template <typename T>
  T& Ago(std::vector<T>& ring, size_t hops) noexcept TACET_REALTIME {
    return ring[(hop_index_ + ring.size() - hops) % ring.size()];
  }
  // Hops that an estimation's input is late, to be as late as the others.
  size_t Wait(const Estimation& estimation) const noexcept TACET_REALTIME {
    return delay_hops_ + 1 - estimation.frames.size();
  }

  const Estimation& EstimationOf(size_t channel) const {
    return estimations_[link_ == ChannelLink::kLinked ? 0 : channel];
  }

  const FrontEnd front_end_;
  const ChannelLink link_;
  Gain gain_;
  std::vector<Channel> channels_;
  std::vector<Estimation> estimations_;
  std::vector<float> hop_;                  // [hop_size] finite samples
  std::vector<float> features_;             // [num_features]
  std::vector<std::complex<float>> gains_;  // [num_bins]
  int delay_hops_;
  size_t hop_index_ = 0;  // of the present hop; rings start at it
  DenoiserCounters counters_;
  HopObserver* observer_ = nullptr;
};

}  // namespace tacet

#endif  // TACET_MODEL_DENOISER_H_
