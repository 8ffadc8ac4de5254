// SPDX-License-Identifier: Apache-2.0
// The keys themselves; config/keys.cc is what works on them.
#include <algorithm>
#include <limits>
#include <type_traits>

#include "config/keys.h"

namespace tacet {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr const char* kBackends[] = {"auto", "pipewire", "pulseaudio",
                                     "jack", "alsa",     "fake"};
constexpr const char* kModes[] = {"clean", "bypass", "mute"};
constexpr const char* kLinks[] = {"linked", "independent"};
constexpr const char* kNetworks[] = {"auto", "float", "fixed", "neuromorphic"};
constexpr const char* kFallbacks[] = {"shadow", "hold"};
constexpr const char* kSpareHops[] = {"auto", "always"};
constexpr const char* kLogLevels[] = {"error", "warning", "info", "debug"};
constexpr const char* kRealtimes[] = {"auto", "off"};

bool IsPlainText(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

const char* CheckDevice(std::string_view value) {
  constexpr size_t kMaxBytes = 255;
  // It would hear itself.
  constexpr std::string_view kOwn = "tacet_";
  if (value.starts_with(kOwn)) return "a device that is not Tacet's own";
  const bool fine =
      !value.empty() && value.size() <= kMaxBytes && IsPlainText(value);
  return fine ? nullptr : "1 to 255 bytes without control characters";
}

const char* CheckName(std::string_view value) {
  constexpr size_t kMaxBytes = 64;
  const bool fine =
      !value.empty() && value.size() <= kMaxBytes && IsPlainText(value);
  return fine ? nullptr : "1 to 64 bytes without control characters";
}

const char* CheckModel(std::string_view value) {
  const bool is_path = value.find('/') != value.npos;
  const bool fine = !value.empty() && IsPlainText(value) &&
                    (!is_path || value.front() == '/');
  return fine ? nullptr : "a built-in model's name or an absolute path";
}

const char* CheckTextfile(std::string_view value) {
  if (value.empty()) return nullptr;
  const bool fine =
      value.front() == '/' && value.ends_with(".prom") && IsPlainText(value);
  return fine ? nullptr : "an absolute path that ends in .prom, or \"\"";
}

// get and set of an enum's field.
template <auto kSection, auto kField>
ChoiceKey Choice(std::span<const char* const> names) {
  return {names,
          [](const Config& config) {
            return static_cast<int>(config.*kSection.*kField);
          },
          [](Config& config, int index) {
            auto& field = config.*kSection.*kField;
            field = static_cast<std::decay_t<decltype(field)>>(index);
          }};
}

// A field's address as a function, which a table can hold.
template <auto kSection, auto kField>
auto& Field(Config& config) {
  return config.*kSection.*kField;
}

constexpr auto kAudio = &Config::audio;
constexpr auto kDenoise = &Config::denoise;
constexpr auto kDaemon = &Config::daemon;

const ConfigKey kKeys[] = {
    {"audio", "backend",
     "The sound server to use. auto takes the first that is there: PipeWire, "
     "PulseAudio, JACK, ALSA. fake plays to nobody, for tests.",
     "", Choice<kAudio, &AudioConfig::backend>(kBackends)},
    {"audio", "source",
     "The microphone to clean, as 'tacet devices' names it. default follows "
     "the system's default microphone.",
     "",
     TextKey{Field<kAudio, &AudioConfig::source>, CheckDevice,
             "default or a device's name"}},
    {"audio", "name", "What other programs call the clean microphone.", "",
     TextKey{Field<kAudio, &AudioConfig::name>, CheckName, "1 to 64 bytes"}},
    {"audio", "channels", "Channels of the clean microphone.", "",
     IntegerKey{Field<kAudio, &AudioConfig::channels>, 1, 2, false}},
    {"audio", "period_frames",
     "Samples that the sound server hands over at a time. Fewer give less "
     "latency and more load; 0 leaves the choice to the server.",
     "frames",
     IntegerKey{Field<kAudio, &AudioConfig::period_frames>, 16, 8192, true}},
    {"audio", "sample_rate",
     "Rate to run at; 0 takes the sound server's, which saves a conversion.",
     "Hz",
     IntegerKey{Field<kAudio, &AudioConfig::sample_rate_hz>, 8000, 192000,
                true}},
    {"denoise", "model",
     "The network: the name of a built-in model or a model file.", "",
     TextKey{Field<kDenoise, &DenoiseConfig::model>, CheckModel,
             "a built-in name or an absolute path"}},
    {"denoise", "attenuation_limit_db",
     "The most that is taken away anywhere. Less leaves some noise and treats "
     "speech more gently; 0 changes nothing, inf sets no limit.",
     "dB",
     RealKey{Field<kDenoise, &DenoiseConfig::attenuation_limit_db>, 0,
             kInfinity}},
    {"denoise", "mode",
     "clean takes the noise out, bypass passes the microphone through at the "
     "same latency, mute gives silence.",
     "", Choice<kDenoise, &DenoiseConfig::mode>(kModes)},
    {"denoise", "link",
     "How the channels of stereo are treated: linked gives both one gain, "
     "which keeps the image; independent treats each for itself.",
     "", Choice<kDenoise, &DenoiseConfig::link>(kLinks)},
    {"denoise", "backend",
     "What runs the network: float; fixed, the model's 8-bit weights in "
     "integers; auto, fixed where the model has such weights; neuromorphic, "
     "the same on a simulated chip beside the audio, "
     "one hop later.",
     "", Choice<kDenoise, &DenoiseConfig::backend>(kNetworks)},
    {"denoise", "fallback",
     "What stands in for the neuromorphic backend where it is late: shadow "
     "runs "
     "fixed beside it and cannot be heard, hold lets the last gain fade.",
     "", Choice<kDenoise, &DenoiseConfig::fallback>(kFallbacks)},
    {"denoise", "deadline_ms",
     "Time that the neuromorphic backend has for a hop.", "ms",
     RealKey{Field<kDenoise, &DenoiseConfig::deadline_ms>, 0.5, 8}},
    {"denoise", "spare_hop",
     "always keeps the neuromorphic backend's hop of latency, 8 ms, for every "
     "backend, so that switching live makes no gap; auto has it only with that "
     "backend.",
     "", Choice<kDenoise, &DenoiseConfig::spare_hop>(kSpareHops)},
    {"daemon", "log_level", "What is logged: this and what is graver.", "",
     Choice<kDaemon, &DaemonConfig::log_level>(kLogLevels)},
    {"daemon", "realtime",
     "auto asks for real-time scheduling by what the system allows and goes on "
     "without it; off does not ask.",
     "", Choice<kDaemon, &DaemonConfig::realtime>(kRealtimes)},
    {"daemon", "deadline_misses_step_down",
     "Missed deadlines within 10 seconds after which a smaller model takes "
     "over; 0: never.",
     "misses",
     IntegerKey{Field<kDaemon, &DaemonConfig::deadline_misses_step_down>, 1,
                10000, true}},
    {"daemon", "metrics_textfile",
     "Where to write metrics for node-exporter's textfile collector; empty: "
     "nowhere.",
     "",
     TextKey{Field<kDaemon, &DaemonConfig::metrics_textfile>, CheckTextfile,
             "an absolute path that ends in .prom, or \"\""}},
    {"daemon", "metrics_interval_s", "Time between two such writings.", "s",
     IntegerKey{Field<kDaemon, &DaemonConfig::metrics_interval_s>, 1, 3600,
                false}},
};

}  // namespace

std::span<const ConfigKey> ConfigKeys() { return kKeys; }

}  // namespace tacet
