// SPDX-License-Identifier: Apache-2.0
#include "model/denoiser.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "dsp/finite_samples.h"
#include "dsp/vector_clones.h"
#include "model/str_cat.h"

namespace tacet {
namespace {

constexpr std::complex<float> kUnit = 1.0f;

// Complex products by hand: std::complex's look for infinities.
TACET_VECTOR_CLONES
void AddTurn(std::span<const std::complex<float>> now,
             std::span<const std::complex<float>> before,
             std::span<std::complex<float>> turn) noexcept TACET_REALTIME {
  for (size_t k = 0; k < turn.size(); ++k) {
    const float a = now[k].real(), b = now[k].imag();
    const float c = before[k].real(), d = before[k].imag();
    turn[k] += std::complex<float>(Rounded(a * c) + Rounded(b * d),
                                   Rounded(b * c) - Rounded(a * d));
  }
}

TACET_VECTOR_CLONES
void Magnitudes(std::span<const std::complex<float>> spectrum, float scale,
                std::span<float> magnitude) noexcept TACET_REALTIME {
  for (size_t k = 0; k < magnitude.size(); ++k) {
    // Not std::abs, which guards against overflow at several times the cost:
    // full scale is 1, and what is below 1e-19 of it is silence.
    magnitude[k] = scale * std::sqrt(std::norm(spectrum[k]));
  }
}

TACET_VECTOR_CLONES
void Multiply(std::span<const std::complex<float>> gain,
              std::span<std::complex<float>> spectrum) noexcept TACET_REALTIME {
  for (size_t k = 0; k < gain.size(); ++k) {
    const float a = gain[k].real(), b = gain[k].imag();
    const float c = spectrum[k].real(), d = spectrum[k].imag();
    spectrum[k] = {Rounded(a * c) - Rounded(b * d),
                   Rounded(a * d) + Rounded(b * c)};
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Denoiser>> Denoiser::Create(
    const EstimatorSource& source, const DenoiserParams& params) {
  if (params.num_channels < 1 || params.num_channels > kMaxChannels) {
    return absl::InvalidArgumentError(StrCat("denoiser: ", params.num_channels,
                                             " channels, expected 1..",
                                             kMaxChannels));
  }
  if (params.delay_hops < 0 || params.delay_hops > kMaxDelayHops) {
    return absl::InvalidArgumentError(StrCat("denoiser: ", params.delay_hops,
                                             " hops of delay, expected 0..",
                                             kMaxDelayHops));
  }
  absl::Status status = ValidateStrength(params.strength);
  if (!status.ok()) return status;
  std::unique_ptr<Denoiser> denoiser(new Denoiser(params));
  for (int c = 0; c < params.num_channels; ++c) {
    status = denoiser->AddChannel();
    if (!status.ok()) return status;
  }
  const bool is_linked = params.link == ChannelLink::kLinked;
  for (int i = 0; i < (is_linked ? 1 : params.num_channels); ++i) {
    status = denoiser->AddEstimation(source);
    if (!status.ok()) return status;
  }
  for (Channel& channel : denoiser->channels_) {
    channel.spectra.resize(denoiser->delay_hops_ + 1);
    for (auto& spectrum : channel.spectra) {
      spectrum.resize(params.front_end.num_bins);
    }
  }
  return denoiser;
}

Denoiser::Denoiser(const DenoiserParams& params)
    : front_end_(params.front_end),
      link_(params.link),
      gain_(params.strength, params.bypass),
      hop_(params.front_end.hop_size),
      gains_(params.front_end.num_bins),
      delay_hops_(params.delay_hops) {}

absl::Status Denoiser::AddChannel() {
  absl::StatusOr<std::unique_ptr<StftAnalysis>> analysis =
      StftAnalysis::Create(front_end_);
  if (!analysis.ok()) return analysis.status();
  absl::StatusOr<std::unique_ptr<StftSynthesis>> synthesis =
      StftSynthesis::Create(front_end_);
  if (!synthesis.ok()) return synthesis.status();
  Channel channel;
  channel.analysis = *std::move(analysis);
  channel.synthesis = *std::move(synthesis);
  channel.heard.resize(kNumPhaseBins);
  channels_.push_back(std::move(channel));
  return absl::OkStatus();
}

absl::Status Denoiser::AddEstimation(const EstimatorSource& source) {
  Estimation estimation{.estimator = source.make(),
                        .feature = Feature(source.feature),
                        .post_filter = MaskPostFilter(source.post_filter),
                        .upper_band = {},
                        .frames = {},
                        .mask = {}};
  const FrontEndId& trained_for = estimation.estimator->front_end();
  if (trained_for != front_end_.id()) {
    return absl::InvalidArgumentError(
        StrCat("denoiser: the model was trained for the ",
               WindowKindName(trained_for.window),
               " window, but the front end has the ",
               WindowKindName(front_end_.window), " window"));
  }
  const int delay_hops = estimation.estimator->delay_hops();
  if (delay_hops < 0 || delay_hops > kMaxDelayHops) {
    return absl::InvalidArgumentError(
        StrCat("denoiser: the estimator's delay is ", delay_hops,
               " hops, expected 0..", kMaxDelayHops));
  }
  delay_hops_ = std::max(delay_hops_, delay_hops);
  estimation.frames.resize(delay_hops + 1);
  for (Frame& frame : estimation.frames) {
    frame.spectrum.resize(kNumModelBins);
    if (source.feature.has_phase()) frame.turn.resize(kNumPhaseBins);
  }
  features_.resize(source.feature.num_features());
  estimation.mask.assign(front_end_.num_bins, kUnit);
  estimations_.push_back(std::move(estimation));
  return absl::OkStatus();
}

void Denoiser::Process(std::span<const float* const> in,
                       std::span<float* const> out) noexcept {
  assert(in.size() == channels_.size() && out.size() == channels_.size());
  const int64_t start_ns = NowNs();
  ++hop_index_;
  Analyse(in);
  Listen();
  const int64_t analysed_ns = NowNs();
  // All are submitted before the first is collected, so that a backend may
  // work on several channels at once.
  for (Estimation& estimation : estimations_) Submit(estimation);
  for (Estimation& estimation : estimations_) Collect(estimation);
  const int64_t estimated_ns = NowNs();
  Synthesise(out);
  ++counters_.num_hops;
  if (observer_ == nullptr) return;
  observer_->OnHop({.analysis_ns = analysed_ns - start_ns,
                    .network_ns = estimated_ns - analysed_ns,
                    .synthesis_ns = observer_->NowNs() - estimated_ns});
}

void Denoiser::Analyse(std::span<const float* const> in) noexcept {
  for (size_t c = 0; c < channels_.size(); ++c) {
    counters_.num_non_finite_samples +=
        MakeFinite(std::span(in[c], hop_.size()), hop_);
    channels_[c].analysis->Push(hop_, Ago(channels_[c].spectra, 0));
  }
}

void Denoiser::ListenToTurns() noexcept {
  for (Estimation& estimation : estimations_) {
    std::ranges::fill(Ago(estimation.frames, 0).turn, 0.0f);
  }
  for (size_t c = 0; c < channels_.size(); ++c) {
    Channel& channel = channels_[c];
    Estimation& estimation =
        estimations_[link_ == ChannelLink::kLinked ? 0 : c];
    const std::span<const std::complex<float>> now(
        Ago(channel.spectra, Wait(estimation)).data(), kNumPhaseBins);
    AddTurn(now, channel.heard, Ago(estimation.frames, 0).turn);
    std::ranges::copy(now, channel.heard.begin());
  }
}

void Denoiser::Listen() noexcept {
  ListenToTurns();
  if (link_ == ChannelLink::kIndependent) {
    for (size_t c = 0; c < channels_.size(); ++c) {
      Estimation& estimation = estimations_[c];
      std::copy_n(Ago(channels_[c].spectra, Wait(estimation)).begin(),
                  kNumModelBins, Ago(estimation.frames, 0).spectrum.begin());
    }
    return;
  }
  const float scale = 1.0f / static_cast<float>(channels_.size());
  for (int k = 0; k < kNumModelBins; ++k) {
    float sum = 0.0f;
    for (Channel& channel : channels_) {
      sum += std::norm(Ago(channel.spectra, Wait(estimations_[0]))[k]);
    }
    Ago(estimations_[0].frames, 0).spectrum[k] = std::sqrt(scale * sum);
  }
}

void Denoiser::Submit(Estimation& estimation) noexcept {
  const float scale = 1.0f / channels_[0].analysis->window_sum();
  Frame& frame = Ago(estimation.frames, 0);
  const std::span<float> magnitude = std::span(features_).first(kNumModelBins);
  Magnitudes(frame.spectrum, scale, magnitude);
  frame.is_silent =
      !estimation.feature.Compute(magnitude, features_, frame.turn);
  frame.is_submitted =
      !frame.is_silent && estimation.estimator->Submit(features_);
}

void Denoiser::Collect(Estimation& estimation) noexcept {
  const std::span<std::complex<float>> mask(estimation.mask);
  Frame& frame = Ago(estimation.frames, estimation.frames.size() - 1);
  if (frame.is_silent) {
    std::fill(mask.begin(), mask.end(), kUnit);
    return;
  }
  if (!frame.is_submitted ||
      !estimation.estimator->Collect(mask.first(kNumModelBins))) {
    std::fill(mask.begin(), mask.end(), kUnit);
    ++counters_.num_missing_masks;
    return;
  }
  estimation.post_filter.Apply(frame.spectrum, mask.first(kNumModelBins));
  if (front_end_.num_bins > kNumModelBins) {
    estimation.upper_band.Extend(frame.spectrum, mask);
  }
}

void Denoiser::Synthesise(std::span<float* const> out) noexcept {
  gain_.NextHop();
  for (size_t c = 0; c < channels_.size(); ++c) {
    Channel& channel = channels_[c];
    gain_.Apply(EstimationOf(c).mask, gains_);
    // At 16 kHz the last bin is real, and the inverse FFT takes no more than
    // the real part of the product there.
    std::vector<std::complex<float>>& spectrum =
        Ago(channel.spectra, delay_hops_);
    Multiply(gains_, spectrum);
    channel.synthesis->Push(spectrum, std::span(out[c], hop_.size()));
  }
}

void Denoiser::Reset() noexcept {
  for (Channel& channel : channels_) {
    for (auto& spectrum : channel.spectra) std::ranges::fill(spectrum, 0.0f);
    std::ranges::fill(channel.heard, 0.0f);
    channel.analysis->Reset();
    channel.synthesis->Reset();
  }
  for (Estimation& estimation : estimations_) {
    for (Frame& frame : estimation.frames) {
      frame.is_silent = true;
      frame.is_submitted = false;
    }
    estimation.estimator->Reset();
    estimation.feature.Reset();
    estimation.post_filter.Reset();
    estimation.upper_band.Reset();
    std::fill(estimation.mask.begin(), estimation.mask.end(), kUnit);
  }
  gain_.Reset();
  counters_ = {};
}

void Denoiser::SetStrength(Strength strength) noexcept {
  gain_.SetStrength(strength);
}

void Denoiser::SetBypass(bool bypass) noexcept { gain_.SetBypass(bypass); }

void Denoiser::SetMix(float wet) noexcept { gain_.SetMix(wet); }

std::span<const std::complex<float>> Denoiser::mask(int channel) const {
  assert(channel >= 0 && channel < num_channels());
  return EstimationOf(static_cast<size_t>(channel)).mask;
}

}  // namespace tacet
