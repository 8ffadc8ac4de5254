// SPDX-License-Identifier: Apache-2.0
#include "model/ladspa/plugin.h"

#include <algorithm>
#include <climits>
#include <cstring>
#include <new>
#include <utility>

#include "model/model.h"

namespace tacet {
namespace {

// What Stream::Process counts in.
constexpr unsigned long kMostAtOnce = INT_MAX;

std::unique_ptr<Stream> MakeStream(unsigned long rate_hz, int num_channels) {
  auto model = Model::Default();
  if (!model.ok()) return nullptr;
  StreamParams params;
  params.sample_rate_hz = static_cast<int>(rate_hz);
  params.num_channels = num_channels;
  params.link = ChannelLink::kLinked;
  auto stream = Stream::Create(*std::move(model), params);
  return stream.ok() ? *std::move(stream) : nullptr;
}

}  // namespace

std::unique_ptr<Plugin> Plugin::Create(unsigned long rate_hz,
                                       int num_channels) {
  try {  // the host is C, and memory may run out
    std::unique_ptr<Stream> stream;
    if (rate_hz >= StreamParams::kMinRateHz &&
        rate_hz <= StreamParams::kMaxRateHz) {
      stream = MakeStream(rate_hz, num_channels);
      if (stream == nullptr) return nullptr;
    }
    return std::unique_ptr<Plugin>(new Plugin(std::move(stream), num_channels));
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

Plugin::Plugin(std::unique_ptr<Stream> stream, int num_channels)
    : stream_(std::move(stream)), num_channels_(num_channels) {}

void Plugin::Connect(unsigned long port, LADSPA_Data* data) noexcept {
  if (port < NumPorts(num_channels_)) ports_[port] = data;
}

void Plugin::TakeControls() noexcept {
  if (ports_[kLatencyPort] != nullptr) {
    *ports_[kLatencyPort] =
        stream_ == nullptr ? 0.0f
                           : static_cast<float>(stream_->latency_samples());
  }
  if (stream_ == nullptr) return;
  const ControlValues values = ReadControls(ports_.data());
  stream_->SetStrength(values.strength);
  stream_->SetMix(values.mix);
  // Reset ends the ramps that begin here.
  if (is_fresh_) stream_->Reset();
  is_fresh_ = false;
}

bool Plugin::IsAudioConnected() const noexcept {
  for (unsigned long port = kNumControls; port < NumPorts(num_channels_);
       ++port) {
    if (ports_[port] == nullptr) return false;
  }
  return true;
}

void Plugin::PassThrough(unsigned long num_samples) noexcept {
  for (int c = 0; c < num_channels_; ++c) {
    const LADSPA_Data* in = ports_[kNumControls + c];
    LADSPA_Data* out = ports_[kNumControls + num_channels_ + c];
    if (in != out) std::memmove(out, in, num_samples * sizeof *out);
  }
}

void Plugin::Run(unsigned long num_samples) noexcept {
  TakeControls();
  if (!IsAudioConnected()) return;
  if (stream_ == nullptr) {
    PassThrough(num_samples);
    return;
  }
  for (unsigned long done = 0; done < num_samples;) {
    const unsigned long count = std::min(num_samples - done, kMostAtOnce);
    std::array<const float*, kMaxPluginChannels> in = {};
    std::array<float*, kMaxPluginChannels> out = {};
    for (int c = 0; c < num_channels_; ++c) {
      in[c] = ports_[kNumControls + c] + done;
      out[c] = ports_[kNumControls + num_channels_ + c] + done;
    }
    const size_t channels = static_cast<size_t>(num_channels_);
    stream_->Process(std::span(in).first(channels),
                     std::span(out).first(channels), static_cast<int>(count));
    done += count;
  }
}

}  // namespace tacet
