// SPDX-License-Identifier: Apache-2.0
#include "dsp/front_end.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

constexpr int kFramesPerSecond = 125;  // 8 ms hops
constexpr int kHopsPerWindow = 4;      // 75 % overlap
constexpr int kHopsLowLatency = 2;     // span of the short synthesis window

}  // namespace

std::string_view WindowKindName(WindowKind kind) noexcept {
  switch (kind) {
    case WindowKind::kSqrtHann:
      return "sqrt-hann";
    case WindowKind::kBoxcar:
      return "boxcar";
    case WindowKind::kLowLatency:
      return "low-latency";
  }
  return "unknown";
}

absl::StatusOr<WindowKind> ParseWindowKind(std::string_view name) {
  for (WindowKind kind :
       {WindowKind::kSqrtHann, WindowKind::kBoxcar, WindowKind::kLowLatency}) {
    if (name == WindowKindName(kind)) return kind;
  }
  // A name from a hostile file may be long or hold control characters; the
  // caller's line stays one short line.
  constexpr size_t kMaxQuoted = 40;
  std::string quoted;
  for (char c : name.substr(0, kMaxQuoted)) {
    quoted += (c >= ' ' && c <= '~') ? c : '?';
  }
  return absl::InvalidArgumentError(
      absl::StrCat("window is '", quoted, name.size() > kMaxQuoted ? "..." : "",
                   "', expected sqrt-hann, boxcar or low-latency"));
}

absl::StatusOr<FrontEnd> FrontEnd::Create(WindowKind window,
                                          int sample_rate_hz) {
  if (sample_rate_hz != 16000 && sample_rate_hz != 48000) {
    return absl::InvalidArgumentError(
        absl::StrCat("front end: sample rate is ", sample_rate_hz,
                     " Hz, expected 16000 or 48000"));
  }
  FrontEnd front_end;
  front_end.window = window;
  front_end.sample_rate_hz = sample_rate_hz;
  front_end.hop_size = sample_rate_hz / kFramesPerSecond;
  front_end.window_size = kHopsPerWindow * front_end.hop_size;
  front_end.num_bins = front_end.window_size / 2 + 1;
  front_end.latency_samples = window == WindowKind::kLowLatency
                                  ? kHopsLowLatency * front_end.hop_size
                                  : front_end.window_size;
  return front_end;
}

}  // namespace tacet
