// SPDX-License-Identifier: Apache-2.0
// Which engine the path runs, and how another one gets there.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/audio_path.h"

namespace tacet {
namespace {

bool IsSameFormat(const StreamParams& a, const StreamParams& b) {
  return a.sample_rate_hz == b.sample_rate_hz &&
         a.num_channels == b.num_channels && a.link == b.link &&
         a.delay_hops == b.delay_hops;
}

}  // namespace

StreamParams AudioPath::ParamsOfStream() const {
  StreamParams params;
  params.sample_rate_hz = capture_.sample_rate_hz;
  params.num_channels = std::min(capture_.num_channels, playback_.num_channels);
  params.link = link_;
  params.strength = strength();
  params.bypass = mode() == Mode::kBypass;
  params.delay_hops = delay_hops_;
  return params;
}

absl::StatusOr<PreparedStream> AudioPath::Prepare(
    const EstimatorSource& engine) const {
  PreparedStream prepared;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    prepared.params = ParamsOfStream();
  }
  absl::StatusOr<std::unique_ptr<Stream>> stream =
      Stream::Create(engine, prepared.params);
  if (!stream.ok()) return stream.status();
  prepared.stream = *std::move(stream);
  return prepared;
}

absl::Status AudioPath::Fit(const EstimatorSource& engine,
                            PreparedStream* prepared) const {
  const StreamParams params = ParamsOfStream();
  if (prepared->stream != nullptr && IsSameFormat(prepared->params, params)) {
    // What was set since.
    prepared->stream->SetStrength(params.strength);
    prepared->stream->SetBypass(params.bypass);
    return absl::OkStatus();
  }
  absl::StatusOr<std::unique_ptr<Stream>> stream =
      Stream::Create(engine, params);
  if (!stream.ok()) return stream.status();
  *prepared = {params, *std::move(stream)};
  return absl::OkStatus();
}

absl::Status AudioPath::SwapEngine(const EstimatorSource& engine,
                                   PreparedStream* prepared) {
  const std::lock_guard<std::mutex> lock(mutex_);
  PreparedStream own;
  if (prepared == nullptr) prepared = &own;
  absl::Status status = Fit(engine, prepared);
  if (!status.ok()) return status;
  if (slot_ != nullptr) {
    status = slot_->Check(*prepared->stream);
    if (!status.ok()) return status;
    slot_->Offer(std::move(prepared->stream)).IgnoreError();  // it was checked
    ++generation_;
    spare_ = {};
  } else {
    spare_ = std::exchange(*prepared, {});
  }
  engine_ = engine;
  return absl::OkStatus();
}

void AudioPath::SetLink(ChannelLink link) {
  const std::lock_guard<std::mutex> lock(mutex_);
  link_ = link;
}

absl::Status AudioPath::ReplaceEngine(const EstimatorSource& engine,
                                      PreparedStream* prepared) {
  const std::lock_guard<std::mutex> lock(mutex_);
  PreparedStream own;
  if (prepared == nullptr) prepared = &own;
  absl::Status status = Fit(engine, prepared);
  if (!status.ok()) return status;
  spare_ = std::exchange(*prepared, {});
  engine_ = engine;
  return absl::OkStatus();
}

}  // namespace tacet
