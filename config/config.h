// SPDX-License-Identifier: Apache-2.0
// What can be configured; docs/config.md describes each key.
#ifndef TACET_CONFIG_CONFIG_H_
#define TACET_CONFIG_CONFIG_H_

#include <limits>
#include <string>

#include "absl/status/status.h"

namespace tacet {

enum class BackendChoice {
  kAuto,  // the first that is there: PipeWire, PulseAudio, JACK, ALSA
  kPipeWire,
  kPulseAudio,
  kJack,
  kAlsa,
  kFake,
};
enum class ModeChoice { kClean, kBypass, kMute };
enum class LinkChoice { kLinked, kIndependent };
enum class NetworkChoice { kAuto, kFloat, kFixed, kNeuromorphic };
enum class FallbackChoice { kShadow, kHold };
enum class SpareHopChoice { kAuto, kAlways };
enum class LogLevel { kError, kWarning, kInfo, kDebug };
enum class RealtimeChoice { kAuto, kOff };

struct AudioConfig {
  BackendChoice backend = BackendChoice::kAuto;
  std::string source = "default";
  std::string name = "Tacet Microphone";
  int channels = 1;
  int period_frames = 0;   // 0: the sound server's
  int sample_rate_hz = 0;  // 0: the sound server's

  friend bool operator==(const AudioConfig&, const AudioConfig&) = default;
};

struct DenoiseConfig {
  std::string model = "large";  // a built-in name or an absolute path
  double attenuation_limit_db = 60.0;
  ModeChoice mode = ModeChoice::kClean;
  LinkChoice link = LinkChoice::kLinked;
  NetworkChoice backend = NetworkChoice::kAuto;
  // Of the neuromorphic backend.
  FallbackChoice fallback = FallbackChoice::kShadow;
  double deadline_ms = 8.0;
  SpareHopChoice spare_hop = SpareHopChoice::kAuto;

  friend bool operator==(const DenoiseConfig&, const DenoiseConfig&) = default;
};

struct DaemonConfig {
  LogLevel log_level = LogLevel::kInfo;
  RealtimeChoice realtime = RealtimeChoice::kAuto;
  // Misses within kDeadlineWindowS seconds before a smaller model takes over;
  // 0: never.
  int deadline_misses_step_down = 10;
  std::string metrics_textfile;  // absolute, ends in .prom; empty: none
  int metrics_interval_s = 15;

  static constexpr int kDeadlineWindowS = 10;

  friend bool operator==(const DaemonConfig&, const DaemonConfig&) = default;
};

// The defaults are valid.
struct Config {
  AudioConfig audio;
  DenoiseConfig denoise;
  DaemonConfig daemon;

  friend bool operator==(const Config&, const Config&) = default;
};

// Checks every value against the limits in config/keys.h.
// Errors: InvalidArgument, naming key, value and limit.
// Thread: any.  Realtime-safe: no.
absl::Status ValidateConfig(const Config& config);

}  // namespace tacet

#endif  // TACET_CONFIG_CONFIG_H_
