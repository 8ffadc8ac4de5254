// SPDX-License-Identifier: Apache-2.0
#include "daemon/pulse_modules.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

std::string Properties(const std::string& description) {
  return absl::StrCat("'device.description=\"", description, "\" ", kPulseTag,
                      "=\"1\"'");
}

std::string Format(int num_channels, int sample_rate_hz) {
  return absl::StrCat(
      " format=float32le rate=", sample_rate_hz, " channels=", num_channels,
      " channel_map=", num_channels == 1 ? "mono" : "front-left,front-right");
}

}  // namespace

std::string PulseDescription(std::string_view name) {
  std::string text;
  for (const char c : name) {
    switch (c) {
      case '\'':
        text += "\u2019";
        break;
      case '"':
        text += "\u201d";
        break;
      case '\\':
        text += '/';
        break;
      default:
        text += (static_cast<unsigned char>(c) < ' ' || c == 127) ? ' ' : c;
    }
  }
  return text;
}

std::string PulseNullSinkArguments(std::string_view name, int num_channels,
                                   int sample_rate_hz) {
  return absl::StrCat(
      "sink_name=", kPulseSinkName, Format(num_channels, sample_rate_hz),
      " sink_properties=",
      Properties(absl::StrCat(PulseDescription(name), " (internal)")));
}

std::string PulseRemapSourceArguments(std::string_view name, int num_channels,
                                      int sample_rate_hz) {
  return absl::StrCat("source_name=", kPulseSourceName,
                      " master=", kPulseSinkName, ".monitor",
                      Format(num_channels, sample_rate_hz), " remix=no",
                      " source_properties=",
                      Properties(PulseDescription(name)));
}

PulseLeftovers FindPulseLeftovers(const std::vector<PulseModule>& modules,
                                  std::string_view sink_arguments,
                                  std::string_view source_arguments) {
  PulseLeftovers result;
  std::vector<uint32_t> sinks;
  for (const PulseModule& module : modules) {
    if (module.name == kPulseNullSinkModule &&
        absl::StrContains(module.argument, kPulseTag)) {
      if (!result.sink_module && module.argument == sink_arguments) {
        result.sink_module = module.index;
      } else {
        sinks.push_back(module.index);
      }
    }
  }
  for (const PulseModule& module : modules) {
    if (module.name == kPulseRemapSourceModule &&
        absl::StrContains(module.argument, kPulseTag)) {
      if (result.sink_module && !result.source_module &&
          module.argument == source_arguments) {
        result.source_module = module.index;
      } else {
        result.remove.push_back(module.index);
      }
    }
  }
  // A source goes before its master: removing that would take it along.
  result.remove.insert(result.remove.end(), sinks.begin(), sinks.end());
  return result;
}

}  // namespace tacet
