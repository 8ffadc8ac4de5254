// SPDX-License-Identifier: Apache-2.0
#include "daemon/fake_device.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tacet {
namespace {

constexpr uint64_t kFnvPrime = 0x100000001b3u;

// White noise of 0.1 full scale as a function of its place (splitmix64).
float Noise(int64_t frame, int channel) {
  uint64_t z =
      static_cast<uint64_t>(frame) * 2 + static_cast<uint64_t>(channel);
  z = (z + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return 0.1f * static_cast<float>(static_cast<int32_t>(z >> 32)) /
         2147483648.0f;
}

int64_t Ns(double seconds) { return std::llround(1e9 * seconds); }

}  // namespace

FakeDevice::FakeDevice(const FakeDeviceParams& params)
    : params_(params),
      random_(params.seed),
      in_(params.capture.num_channels,
          std::vector<float>(params.capture.period_frames)),
      out_(params.playback.num_channels,
           std::vector<float>(params.playback.period_frames)) {
  for (std::vector<float>& channel : in_) {
    in_channels_.push_back(channel.data());
  }
  for (std::vector<float>& channel : out_) {
    out_channels_.push_back(channel.data());
    played_channels_.push_back(channel.data());
  }
  next_capture_ns_ =
      CallbackNs(params_.capture.period_frames, params_.capture_ppm, 0);
}

void FakeDevice::RunUntil(int64_t until_ns) {
  const bool has_playback = params_.clocks == ClockDomain::kTwo;
  while (true) {
    const bool plays = has_playback && next_playback_ns_ <= next_capture_ns_;
    const int64_t next_ns = plays ? next_playback_ns_ : next_capture_ns_;
    if (next_ns >= until_ns) break;
    now_ns_ = next_ns;
    Xruns();
    if (plays) {
      Playback();
    } else {
      Capture();
    }
  }
  now_ns_ = until_ns;
}

bool FakeDevice::IsActive(FakeEvent::Kind kind, int64_t now_ns) const {
  for (const FakeEvent& event : params_.events) {
    if (event.kind == kind && now_ns >= Ns(event.at_s) &&
        now_ns < Ns(event.at_s + event.duration_s)) {
      return true;
    }
  }
  return false;
}

bool FakeDevice::HasCallbacks(FakeEvent::Kind stall) const {
  return client_ != nullptr && !IsActive(stall) &&
         !IsActive(FakeEvent::Kind::kUnplug) &&
         !IsActive(FakeEvent::Kind::kServerGone) && num_listeners() > 0;
}

int64_t FakeDevice::CallbackNs(int64_t frame, double ppm, int64_t after_ns) {
  const double rate_hz = params_.capture.sample_rate_hz * (1.0 + 1e-6 * ppm);
  double jitter_s = 0.0;
  if (params_.jitter_ms > 0.0) {
    jitter_s = 1e-3 * params_.jitter_ms *
               static_cast<double>(random_() - random_.min()) /
               static_cast<double>(random_.max() - random_.min());
  }
  int64_t ns = Ns(static_cast<double>(frame) / rate_hz + jitter_s);
  for (const FakeEvent& event : params_.events) {
    if (event.kind == FakeEvent::Kind::kLate && ns >= Ns(event.at_s)) {
      ns = std::max(ns, std::min(ns + Ns(event.duration_s),
                                 Ns(event.at_s + event.duration_s)));
    }
  }
  return std::max(ns, after_ns);
}

void FakeDevice::Xruns() {
  size_t index = 0;
  for (const FakeEvent& event : params_.events) {
    if (event.kind != FakeEvent::Kind::kXrun || now_ns_ < Ns(event.at_s)) {
      continue;
    }
    if (index++ < num_xruns_) continue;
    ++num_xruns_;
    const int64_t lost =
        std::llround(event.duration_s * params_.capture.sample_rate_hz);
    captured_ += lost;
    if (client_ != nullptr) client_->NoteXrun(lost);
  }
}

void FakeDevice::Capture() {
  const int n = params_.capture.period_frames;
  if (HasCallbacks(FakeEvent::Kind::kStallCapture)) {
    Fill(n);
    if (params_.clocks == ClockDomain::kOne) {
      client_->Process(in_channels_, out_channels_, n, now_ns_);
      Play(n);
    } else {
      client_->Capture(in_channels_, n, now_ns_);
    }
  }
  captured_ += n;
  next_capture_ns_ = CallbackNs(captured_ + n, params_.capture_ppm, now_ns_);
}

void FakeDevice::Playback() {
  const int n = params_.playback.period_frames;
  if (HasCallbacks(FakeEvent::Kind::kStallPlayback)) {
    client_->Playback(out_channels_, n, now_ns_);
    Play(n);
  } else {
    played_ += n;
  }
  next_playback_ns_ = CallbackNs(played_, params_.playback_ppm, now_ns_);
}

void FakeDevice::Fill(int n) {
  for (size_t c = 0; c < in_.size(); ++c) {
    for (int i = 0; i < n; ++i) {
      in_[c][i] = params_.signal ? params_.signal(captured_ + i, c)
                                 : Noise(captured_ + i, c);
    }
  }
}

void FakeDevice::Play(int n) {
  for (int i = 0; i < n; ++i) {
    for (const std::vector<float>& channel : out_) {
      hash_ = (hash_ ^ std::bit_cast<uint32_t>(channel[i])) * kFnvPrime;
    }
  }
  if (tape_ != nullptr) {
    // One clock: the listener has it within the cycle. Two: when it is due.
    const int64_t after_ns =
        params_.clocks == ClockDomain::kOne
            ? 0
            : Ns(static_cast<double>(n) / params_.playback.sample_rate_hz);
    tape_->Append(std::span(out_[0]).first(n), now_ns_ + after_ns);
  }
  if (params_.sink) params_.sink(played_channels_, n, played_);
  played_ += n;
}

}  // namespace tacet
