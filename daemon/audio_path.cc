// SPDX-License-Identifier: Apache-2.0
#include "daemon/audio_path.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "model/denoiser.h"

namespace tacet {
namespace {

constexpr int kMaxPeriod = 16384;  // frames

absl::Status CheckFormat(const char* which, const AudioFormat& format) {
  if (format.num_channels < 1 || format.num_channels > kMaxChannels) {
    return absl::InvalidArgumentError(
        absl::StrCat(which, ": ", format.num_channels,
                     " channels, expected 1..", kMaxChannels));
  }
  if (format.period_frames < 1 || format.period_frames > kMaxPeriod) {
    return absl::InvalidArgumentError(
        absl::StrCat(which, ": period is ", format.period_frames,
                     " frames, expected 1..", kMaxPeriod));
  }
  if (format.jitter_frames < 0 ||
      format.jitter_frames >= format.period_frames) {
    return absl::InvalidArgumentError(
        absl::StrCat(which, ": jitter is ", format.jitter_frames,
                     " frames, expected 0..", format.period_frames - 1));
  }
  return absl::OkStatus();
}

double Ms(double frames, int rate_hz) { return 1e3 * frames / rate_hz; }

}  // namespace

AudioPath::AudioPath(const AudioPathParams& params)
    : timer_(params.clock),
      mode_(params.mode),
      strength_db_(params.strength.attenuation_limit_db),
      placement_(params.placement),
      delay_hops_(params.delay_hops),
      engine_(params.engine),
      link_(params.link) {}

absl::Status AudioPath::Configure(const AudioFormat& capture,
                                  const AudioFormat& playback,
                                  ClockDomain clocks) {
  const std::lock_guard<std::mutex> lock(mutex_);
  // What still lay in the ring is gone.
  if (bridge_ != nullptr) bridge_->Drain();
  engine_seen_ = counters_.engine_frames.value();
  slot_.reset();
  bridge_.reset();
  selector_.reset();
  absl::Status status = CheckFormat("capture", capture);
  if (status.ok()) status = CheckFormat("playback", playback);
  if (!status.ok()) return status;
  if (capture.sample_rate_hz != playback.sample_rate_hz) {
    return absl::InvalidArgumentError(absl::StrCat(
        "playback rate is ", playback.sample_rate_hz,
        " Hz, expected that of capture, ", capture.sample_rate_hz, " Hz"));
  }
  capture_ = capture;
  playback_ = playback;
  clocks_ = clocks;
  PreparedStream prepared = std::exchange(spare_, {});
  status = Fit(engine_, &prepared);
  if (!status.ok()) return status;
  const int num_channels = prepared.stream->num_channels();
  const int rate_hz = capture.sample_rate_hz;
  if (num_channels == 1 && capture.num_channels > 1) {
    selector_ =
        std::make_unique<ChannelSelector>(capture.num_channels, rate_hz);
  }
  if (clocks == ClockDomain::kTwo) {
    bridge_ = std::make_unique<ClockBridge>(
        ClockBridgeParams{.sample_rate_hz = rate_hz,
                          .num_channels = playback.num_channels,
                          .capture_period = capture.period_frames,
                          .playback_period = playback.period_frames,
                          .playback_jitter = playback.jitter_frames},
        &counters_);
  }
  input_meter_ = std::make_unique<LevelMeter>(rate_hz);
  output_meter_ = std::make_unique<LevelMeter>(rate_hz);
  const int block_channels = std::max(num_channels, playback.num_channels);
  block_.assign(static_cast<size_t>(block_channels) * kBlock, 0.0f);
  block_channels_.clear();
  for (int c = 0; c < block_channels; ++c) {
    block_channels_.push_back(block_.data() + c * kBlock);
  }
  probe_.Configure(rate_hz, capture.num_channels, kBlock);
  in_.assign(capture.num_channels, nullptr);
  out_.assign(playback.num_channels, nullptr);
  last_cycle_ns_ = 0;
  deadline_ = Deadline(capture, clocks);
  applied_strength_db_ = strength().attenuation_limit_db;
  gain_step_ = static_cast<float>(1e3 / (kFadeMs * rate_hz));
  source_state_ = SourceState::kSame;
  is_ending_ = is_joining_ = false;
  slot_ = std::make_unique<StreamSlot>(std::move(prepared.stream), &counters_,
                                       &timer_);
  ++generation_;
  capture_stack_ = 0;
  playback_stack_ = 0;
  tap_.Configure({rate_hz, slot_->latency_samples()});
  BeginSound();
  return absl::OkStatus();
}

void AudioPath::Process(std::span<const float* const> in,
                        std::span<float* const> out, int n,
                        int64_t now_ns) noexcept {
  const int64_t start_ns = timer_.NowNs();
  counters_.frames_in.Add(n);
  if (slot_ == nullptr || in.size() != in_.size() ||
      out.size() != out_.size()) {
    Clear(out, n);
    counters_.frames_refused.Add(n);
    counters_.frames_inserted.Add(n);
    counters_.frames_out.Add(n);
    EndCycle();
    return;
  }
  const ScopedFlushDenormals flush_denormals;
  timer_.Record(Stage::kCaptureWait, start_ns - now_ns);
  TakeSettings(now_ns, n);
  for (int done = 0; done < n;) {
    const int count = std::min(kBlock, n - done);
    for (size_t c = 0; c < in.size(); ++c) in_[c] = in[c] + done;
    for (size_t c = 0; c < out.size(); ++c) out_[c] = out[c] + done;
    probe_.Process(in_, count, CapturedNs(now_ns, n - done));
    Denoise(in_, out_, count);
    done += count;
  }
  CountDeadline(start_ns, n);
  counters_.num_playback_callbacks.Add(1);
  const int64_t engine = counters_.engine_frames.value();
  counters_.frames_out.Add(engine - engine_seen_);
  engine_seen_ = engine;
  EndCycle();
}

void AudioPath::EndCycle() noexcept {
  counters_.EndCapture();
  counters_.EndPlayback();
}

void AudioPath::Capture(std::span<const float* const> in, int n,
                        int64_t now_ns) noexcept {
  const int64_t start_ns = timer_.NowNs();
  counters_.frames_in.Add(n);
  if (slot_ == nullptr || bridge_ == nullptr || in.size() != in_.size()) {
    counters_.frames_refused.Add(n);
    counters_.EndCapture();
    return;
  }
  const ScopedFlushDenormals flush_denormals;
  timer_.Record(Stage::kCaptureWait, start_ns - now_ns);
  TakeSettings(now_ns, n);
  for (int done = 0; done < n;) {
    const int count = std::min(kBlock, n - done);
    for (size_t c = 0; c < in.size(); ++c) in_[c] = in[c] + done;
    probe_.Process(in_, count, CapturedNs(now_ns, n - done));
    const std::span<float* const> block =
        std::span(block_channels_).first(out_.size());
    Denoise(in_, block, count);
    for (size_t c = 0; c < out_.size(); ++c) out_[c] = block[c];
    bridge_->Capture(out_, count);
    done += count;
  }
  bridge_->EndCapture(n, now_ns);
  CountDeadline(start_ns, n);
}

void AudioPath::Playback(std::span<float* const> out, int n,
                         int64_t now_ns) noexcept {
  counters_.frames_out.Add(n);
  if (bridge_ == nullptr ||
      static_cast<int>(out.size()) != playback_.num_channels) {
    counters_.frames_inserted.Add(n);
    Clear(out, n);
    counters_.EndPlayback();
    return;
  }
  const ScopedFlushDenormals flush_denormals;
  const int64_t delay_ns = bridge_->Playback(out, n, now_ns);
  if (delay_ns >= 0) timer_.Record(Stage::kQueueing, delay_ns);
  playback_stack_.store(reinterpret_cast<uintptr_t>(__builtin_frame_address(0)),
                        std::memory_order_relaxed);
  counters_.num_playback_callbacks.Add(1);
}

void AudioPath::NoteXrun(int64_t lost_frames) noexcept {
  counters_.num_xruns.fetch_add(1, std::memory_order_relaxed);
  counters_.lost_frames.fetch_add(lost_frames, std::memory_order_relaxed);
  if (bridge_ != nullptr) bridge_->NoteXrun();
}

void AudioPath::TakeSettings(int64_t now_ns, int n) noexcept {
  if (last_cycle_ns_ != 0) {
    const int64_t pause_ns = now_ns - last_cycle_ns_;
    // Of a source that went and left a hole nothing is heard any more.
    const bool is_hole =
        pause_ns > kHoleNs + 2'000'000'000 *
                                 int64_t{std::max(n, capture_.period_frames)} /
                                 capture_.sample_rate_hz;
    if (pause_ns > kPauseNs ||
        (is_hole && source_state_.load(std::memory_order_relaxed) ==
                        SourceState::kAnother)) {
      BeginAnew();
    }
  }
  last_cycle_ns_ = now_ns;
  const Strength wanted = strength();
  if (wanted.attenuation_limit_db != applied_strength_db_) {
    slot_->SetStrength(wanted);
    applied_strength_db_ = wanted.attenuation_limit_db;
  }
  slot_->SetBypass(mode() == Mode::kBypass);
}

void AudioPath::Denoise(std::span<const float* const> in,
                        std::span<float* const> out, int n) noexcept {
  static_assert(kBlock <= MonitorTap::kMaxBlock);
  const size_t num_channels = static_cast<size_t>(slot_->num_channels());
  FollowSource();
  input_meter_->Process(in, n);
  if (selector_ != nullptr) {
    selector_->Process(in, block_channels_[0], n);
    const float* const mono[] = {block_channels_[0]};
    tap_.TakeInput(mono, n);
    slot_->Process(mono, out.first(1), n);
  } else {
    tap_.TakeInput(in.first(num_channels), n);
    slot_->Process(in.first(num_channels), out.first(num_channels), n);
  }
  ApplyGain(out.first(num_channels), n);
  tap_.TakeOutput(out.first(num_channels), n);
  for (size_t c = num_channels; c < out.size(); ++c) {
    std::copy_n(out[c % num_channels], n, out[c]);
  }
  std::array<const float*, kMaxChannels> played;
  for (size_t c = 0; c < num_channels; ++c) played[c] = out[c];
  output_meter_->Process(std::span(played).first(num_channels), n);
}

void AudioPath::ApplyGain(std::span<float* const> channels, int n) noexcept {
  const bool is_silent = mode() == Mode::kMute || is_ending_ || is_joining_ ||
                         silent_.load(std::memory_order_relaxed);
  const float target = is_silent ? 0.0f : 1.0f;
  if (gain_ == 1.0f && target == 1.0f) return;  // bit for bit
  float step = is_silent ? -gain_step_ : gain_step_;
  if (is_joining_) {  // no longer than what is left
    step = std::min(step, -1.0f / static_cast<float>(slot_->latency_samples()));
  }
  const int silent = std::min(frames_to_sound_, n);
  frames_to_sound_ -= silent;
  for (int i = 0; i < n; ++i) {
    if (i >= silent && gain_ != target) {
      gain_ = std::clamp(gain_ + step, 0.0f, 1.0f);
    }
    for (float* const channel : channels) channel[i] *= gain_;
  }
  if (is_ending_ && gain_ == 0.0f) {
    is_source_ended_.store(true, std::memory_order_release);
  }
}

void AudioPath::CountDeadline(int64_t start_ns, int n) noexcept {
  const int64_t took_ns = timer_.NowNs() - start_ns;
  timer_.Record(Stage::kEndToEnd, took_ns);
  capture_stack_.store(reinterpret_cast<uintptr_t>(__builtin_frame_address(0)),
                       std::memory_order_relaxed);
  counters_.num_capture_callbacks.Add(1);
  if (placement_ == Placement::kCallback &&
      deadline_.IsMissed(start_ns, start_ns + took_ns, n)) {
    counters_.num_deadline_misses.Add(1);
  }
}

int64_t AudioPath::CapturedNs(int64_t now_ns, int num_left) const noexcept {
  return now_ns - int64_t{num_left} * 1'000'000'000 / capture_.sample_rate_hz;
}

void AudioPath::Clear(std::span<float* const> out, int n) noexcept {
  for (float* const channel : out) std::fill_n(channel, n, 0.0f);
}

void AudioPath::Collect() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (slot_ != nullptr) slot_->Collect();
}

bool AudioPath::is_swapping() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return slot_ != nullptr && slot_->is_swapping();
}

MeterReading AudioPath::meters() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  MeterReading reading;
  if (slot_ == nullptr) return reading;
  reading.input_rms_db = input_meter_->rms_db();
  reading.input_peak_db = input_meter_->peak_db();
  reading.output_rms_db = output_meter_->rms_db();
  reading.output_peak_db = output_meter_->peak_db();
  reading.attenuation_db = reading.input_rms_db - reading.output_rms_db;
  return reading;
}

LatencyParts AudioPath::latency() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  LatencyParts parts;
  if (slot_ == nullptr) return parts;
  const int rate_hz = capture_.sample_rate_hz;
  parts.window_ms = Ms(slot_->latency_samples(), rate_hz);
  if (bridge_ != nullptr) {
    parts.capture_period_ms = Ms(capture_.period_frames, rate_hz);
    parts.playback_period_ms =
        Ms(playback_.period_frames - playback_.jitter_frames, rate_hz);
    parts.ring_margin_ms = Ms(bridge_->latency_frames(), rate_hz) -
                           parts.capture_period_ms - parts.playback_period_ms;
  }
  parts.total_ms = parts.window_ms + parts.capture_period_ms +
                   parts.playback_period_ms + parts.ring_margin_ms;
  return parts;
}

int AudioPath::engine_latency_frames() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return slot_ == nullptr ? 0 : slot_->latency_samples();
}

RingStatus AudioPath::ring() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return bridge_ == nullptr ? RingStatus() : bridge_->status();
}

}  // namespace tacet
