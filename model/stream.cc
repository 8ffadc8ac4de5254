// SPDX-License-Identifier: Apache-2.0
#include "model/stream.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "dsp/finite_samples.h"
#include "model/fixed/estimator.h"
#include "model/str_cat.h"

namespace tacet {
namespace {

// Frames handled at once, which bounds the buffers; chunks may be larger.
constexpr int kBlock = 256;

absl::Status CheckParams(const StreamParams& params) {
  if (params.sample_rate_hz < StreamParams::kMinRateHz ||
      params.sample_rate_hz > StreamParams::kMaxRateHz) {
    return absl::InvalidArgumentError(StrCat(
        "stream: sample rate is ", params.sample_rate_hz, " Hz, expected ",
        StreamParams::kMinRateHz, "..", StreamParams::kMaxRateHz));
  }
  if (params.num_channels < 1 || params.num_channels > kMaxChannels) {
    return absl::InvalidArgumentError(StrCat("stream: ", params.num_channels,
                                             " channels, expected 1..",
                                             kMaxChannels));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Stream>> Stream::Create(
    std::shared_ptr<const Model> model, const StreamParams& params) {
  return Create(DefaultEstimators(std::move(model)), params);
}

absl::StatusOr<std::unique_ptr<Stream>> Stream::Create(
    const EstimatorSource& source, const StreamParams& params) {
  absl::Status status = CheckParams(params);
  if (!status.ok()) return status;
  const WindowKind window =
      params.window.value_or(source.make()->front_end().window);
  absl::StatusOr<FrontEnd> front_end =
      FrontEnd::Create(window, EngineRateHz(params.sample_rate_hz));
  if (!front_end.ok()) return front_end.status();
  DenoiserParams denoiser_params;
  denoiser_params.front_end = *front_end;
  denoiser_params.num_channels = params.num_channels;
  denoiser_params.link = params.link;
  denoiser_params.strength = params.strength;
  denoiser_params.bypass = params.bypass;
  denoiser_params.delay_hops = params.delay_hops;
  absl::StatusOr<std::unique_ptr<Denoiser>> denoiser =
      Denoiser::Create(source, denoiser_params);
  if (!denoiser.ok()) return denoiser.status();
  std::unique_ptr<Stream> stream(new Stream(params, *std::move(denoiser)));
  for (int c = 0; c < params.num_channels; ++c) {
    status = stream->AddChannel();
    if (!status.ok()) return status;
  }
  for (Channel& channel : stream->channels_) {
    stream->input_hops_.push_back(channel.hops.input_hop().data());
    stream->output_hops_.push_back(channel.hops.output_hop().data());
  }
  stream->latency_samples_ =
      static_cast<int>(std::lround(stream->LatencySamples()));
  return stream;
}

Stream::Stream(const StreamParams& params, std::unique_ptr<Denoiser> denoiser)
    : sample_rate_hz_(params.sample_rate_hz),
      denoiser_(std::move(denoiser)),
      finite_(kBlock) {
  // The hop pointers taken later point into it.
  channels_.reserve(params.num_channels);
}

absl::Status Stream::AddChannel() {
  const int engine_rate_hz = front_end().sample_rate_hz;
  Channel channel{.hops = HopBuffer(front_end().hop_size),
                  .engine = std::vector<float>(kBlock),
                  .conversion = std::nullopt};
  if (sample_rate_hz_ != engine_rate_hz) {
    absl::StatusOr<std::unique_ptr<Resampler>> in =
        Resampler::Create(sample_rate_hz_, engine_rate_hz, kBlock);
    if (!in.ok()) return in.status();
    const int max_engine_frames = (*in)->max_out();
    absl::StatusOr<std::unique_ptr<Resampler>> out =
        Resampler::Create(engine_rate_hz, sample_rate_hz_, max_engine_frames);
    if (!out.ok()) return out.status();
    channel.engine.resize(max_engine_frames);
    const int max_back = (*out)->max_out();
    converted_.resize(max_back);
    // ceil(ceil(n R / r) r / R) - n <= r / R + 1 samples wait between blocks.
    const int max_waiting = sample_rate_hz_ / engine_rate_hz + 2;
    channel.conversion.emplace(Conversion{*std::move(in), *std::move(out),
                                          SampleFifo(max_back + max_waiting)});
  }
  channels_.push_back(std::move(channel));
  return absl::OkStatus();
}

// Delays of filters and STFT, each in its own rate's samples, in seconds times
// the stream's rate.
double Stream::LatencySamples() const {
  double engine_samples = denoiser_->latency_samples();
  double samples = 0.0;
  if (const auto& conversion = channels_[0].conversion) {
    samples += conversion->in->delay_input_samples();
    engine_samples += conversion->out->delay_input_samples();
  }
  return samples +
         engine_samples * sample_rate_hz_ / front_end().sample_rate_hz;
}

void Stream::Process(std::span<const float* const> in,
                     std::span<float* const> out, int num_frames) noexcept {
  assert(in.size() == channels_.size() && out.size() == channels_.size());
  const ScopedFlushDenormals flush_denormals;
  for (int offset = 0; offset < num_frames; offset += kBlock) {
    ProcessBlock(in, out, offset, std::min(kBlock, num_frames - offset));
  }
  num_frames_ += num_frames;
}

void Stream::ProcessBlock(std::span<const float* const> in,
                          std::span<float* const> out, int offset,
                          int num_frames) noexcept {
  int num_engine_frames = 0;  // the same for each channel
  for (size_t c = 0; c < channels_.size(); ++c) {
    num_engine_frames =
        Convert(channels_[c],
                std::span(in[c] + offset, static_cast<size_t>(num_frames)));
  }
  Denoise(num_engine_frames);
  for (size_t c = 0; c < channels_.size(); ++c) {
    ConvertBack(channels_[c], num_engine_frames,
                std::span(out[c] + offset, static_cast<size_t>(num_frames)));
  }
}

int Stream::Convert(Channel& channel, std::span<const float> in) noexcept {
  // Before the resampler, whose memory one bad sample would spoil.
  const std::span<float> finite = std::span(finite_).first(in.size());
  num_non_finite_samples_ += MakeFinite(in, finite);
  if (channel.conversion.has_value()) {
    return channel.conversion->in->Process(finite, channel.engine);
  }
  std::copy(finite.begin(), finite.end(), channel.engine.begin());
  return static_cast<int>(finite.size());
}

void Stream::Denoise(int num_engine_frames) noexcept {
  for (int done = 0; done < num_engine_frames;) {
    const int count =
        std::min(num_engine_frames - done, channels_[0].hops.room());
    bool is_hop_complete = false;
    for (Channel& channel : channels_) {
      const std::span<float> part =
          std::span(channel.engine).subspan(done, count);
      is_hop_complete = channel.hops.Exchange(part, part);
    }
    if (is_hop_complete) denoiser_->Process(input_hops_, output_hops_);
    done += count;
  }
}

void Stream::ConvertBack(Channel& channel, int num_engine_frames,
                         std::span<float> out) noexcept {
  const std::span<const float> engine =
      std::span(channel.engine).first(num_engine_frames);
  if (!channel.conversion.has_value()) {
    std::copy(engine.begin(), engine.end(), out.begin());
    return;
  }
  Conversion& conversion = *channel.conversion;
  const int count = conversion.out->Process(engine, converted_);
  conversion.ahead.Write(std::span(converted_).first(count));
  conversion.ahead.Read(out);
}

void Stream::Reset() noexcept {
  denoiser_->Reset();
  for (Channel& channel : channels_) {
    channel.hops.Reset();
    if (!channel.conversion.has_value()) continue;
    channel.conversion->in->Reset();
    channel.conversion->out->Reset();
    channel.conversion->ahead.Reset();
  }
  num_frames_ = 0;
  num_non_finite_samples_ = 0;
}

StreamCounters Stream::counters() const noexcept {
  const DenoiserCounters& denoiser = denoiser_->counters();
  StreamCounters counters;
  counters.num_frames = num_frames_;
  counters.num_hops = denoiser.num_hops;
  counters.num_missing_masks = denoiser.num_missing_masks;
  counters.num_non_finite_samples =
      num_non_finite_samples_ + denoiser.num_non_finite_samples;
  return counters;
}

}  // namespace tacet
