// SPDX-License-Identifier: Apache-2.0
#include "daemon/config_parts.h"

#include "absl/strings/str_cat.h"

namespace tacet {

Mode ModeOf(ModeChoice mode) {
  switch (mode) {
    case ModeChoice::kClean:
      return Mode::kClean;
    case ModeChoice::kBypass:
      return Mode::kBypass;
    case ModeChoice::kMute:
      return Mode::kMute;
  }
  return Mode::kClean;
}

ChannelLink LinkOf(const Config& config) {
  return config.denoise.link == LinkChoice::kLinked ? ChannelLink::kLinked
                                                    : ChannelLink::kIndependent;
}

Strength StrengthOf(const Config& config) {
  return {static_cast<float>(config.denoise.attenuation_limit_db)};
}

EngineOptions EngineOptionsOf(const Config& config) {
  const DenoiseConfig& denoise = config.denoise;
  EngineOptions options;
  switch (denoise.backend) {
    case NetworkChoice::kAuto:
      options.backend = NetworkBackend::kAuto;
      break;
    case NetworkChoice::kFloat:
      options.backend = NetworkBackend::kFloat;
      break;
    case NetworkChoice::kFixed:
      options.backend = NetworkBackend::kFixed;
      break;
    case NetworkChoice::kNeuromorphic:
      options.backend = NetworkBackend::kNeuromorphic;
      break;
  }
  options.offload.fallback = denoise.fallback == FallbackChoice::kShadow
                                 ? OffloadFallback::kShadow
                                 : OffloadFallback::kHold;
  options.offload.deadline_s = 1e-3 * denoise.deadline_ms;
  return options;
}

bool RunsAnotherEngine(const DenoiseConfig& a, const DenoiseConfig& b) {
  return a.model != b.model || a.backend != b.backend ||
         a.fallback != b.fallback || a.deadline_ms != b.deadline_ms;
}

BackendParams BackendParamsOf(const Config& config) {
  const AudioConfig& audio = config.audio;
  return {.source = audio.source,
          .name = audio.name,
          .period_frames = audio.period_frames,
          .num_channels = audio.channels,
          .sample_rate_hz = audio.sample_rate_hz,
          .is_realtime = config.daemon.realtime == RealtimeChoice::kAuto};
}

LiveSettings::Entries BackendSettings(const BackendParams& from,
                                      const BackendParams& to) {
  LiveSettings::Entries settings;
  const auto add = [&settings](const char* key, const auto& from,
                               const auto& to) {
    if (from != to) settings.emplace_back(key, absl::StrCat(to));
  };
  add("audio.source", from.source, to.source);
  add("audio.name", from.name, to.name);
  add("audio.channels", from.num_channels, to.num_channels);
  add("audio.period_frames", from.period_frames, to.period_frames);
  add("audio.sample_rate", from.sample_rate_hz, to.sample_rate_hz);
  if (from.is_realtime != to.is_realtime) {
    settings.emplace_back("daemon.realtime", to.is_realtime ? "auto" : "off");
  }
  return settings;
}

}  // namespace tacet
