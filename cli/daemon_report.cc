// SPDX-License-Identifier: Apache-2.0
#include "cli/daemon_report.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tacet {
namespace {

using Path = std::initializer_list<const char*>;

const Json& At(const Json& object, Path path) {
  static const Json* const kNothing = new Json(nullptr);
  const Json* node = &object;
  for (const char* key : path) {
    if (!node->is_object()) return *kNothing;
    const auto found = node->find(key);
    if (found == node->end()) return *kNothing;
    node = &*found;
  }
  return *node;
}

double Number(const Json& object, Path path) {
  const Json& node = At(object, path);
  return node.is_number() ? node.get<double>()
                          : std::numeric_limits<double>::quiet_NaN();
}

std::string Text(const Json& object, Path path) {
  const Json& node = At(object, path);
  if (!node.is_string() || node.get_ref<const std::string&>().empty()) {
    return "-";
  }
  std::string text = node.get<std::string>();
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text;
}

bool IsTrue(const Json& object, Path path) {
  const Json& node = At(object, path);
  return node.is_boolean() && node.get<bool>();
}

std::string Count(const Json& object, Path path) {
  const Json& node = At(object, path);
  return node.is_number() ? absl::StrCat(node.get<int64_t>()) : "-";
}

std::string Milliseconds(double ms, int digits) {
  if (!std::isfinite(ms)) return "-";
  return absl::StrFormat("%.*f", digits, ms);
}

std::string Decibels(const Json& object, Path path) {
  const double db = Number(object, path);
  return std::isfinite(db) ? absl::StrFormat("%.1f dB", db) : "-";
}

std::string Strength(const Json& object) {
  const Json& limit = At(object, {"strength_db"});
  if (!limit.is_number()) return "no limit";
  return absl::StrFormat("at most %.4g dB", limit.get<double>());
}

std::string Duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "-";
  const auto whole = static_cast<int64_t>(seconds);
  const int64_t days = whole / 86400;
  const std::string clock = absl::StrFormat("%d:%02d:%02d", whole / 3600 % 24,
                                            whole / 60 % 60, whole % 60);
  return days > 0 ? absl::StrCat(days, " d ", clock) : clock;
}

void Row(std::string* text, const char* name, const std::string& value) {
  absl::StrAppendFormat(text, "%-12s %s\n", name, value);
}

std::string FormatText(const Json& format) {
  return absl::StrCat(Count(format, {"sample_rate_hz"}), " Hz, ",
                      Count(format, {"channels"}), " ch, ",
                      Count(format, {"period_frames"}), " frames");
}

std::string LatencyText(const Json& status) {
  std::string text =
      Milliseconds(Number(status, {"latency", "total_ms"}), 1) + " ms";
  const std::pair<const char*, const char*> parts[] = {
      {"window_ms", "window"},
      {"capture_period_ms", "capture"},
      {"playback_period_ms", "playback"},
      {"ring_margin_ms", "ring"},
      {"server_ms", "server"}};
  std::string sum;
  for (const auto& [key, name] : parts) {
    const double ms = Number(status, {"latency", key});
    if (!(ms > 0)) continue;
    absl::StrAppend(&sum, sum.empty() ? "" : " + ", name, " ",
                    Milliseconds(ms, 1));
  }
  return sum.empty() ? text : absl::StrCat(text, " = ", sum);
}

// A row of n characters of which a share is filled.
std::string Bar(double share, int columns) {
  const int filled =
      static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * columns));
  return std::string(filled, '#') + std::string(columns - filled, '.');
}

std::string LevelBar(const char* name, double rms_db, double peak_db,
                     int columns) {
  constexpr double kFloorDb = -60.0;
  const int width = std::max(10, columns - 32);
  std::string bar = Bar(1.0 - rms_db / kFloorDb, width);
  const int peak = static_cast<int>(std::lround(
      std::clamp(1.0 - peak_db / kFloorDb, 0.0, 1.0) * (width - 1)));
  if (std::isfinite(peak_db)) bar[peak] = '|';
  return absl::StrFormat("%-8s %s %6.1f %6.1f dB\n", name, bar, rms_db,
                         peak_db);
}

// What became of the hops that a backend beside the audio was given.
void AddOffload(const Json& status, std::string* text) {
  if (!At(status, {"offload"}).is_object()) return;
  const auto count = [&status](const char* name) {
    return Count(status, {"offload", name});
  };
  Row(text, "offload",
      absl::StrCat(IsTrue(status, {"offload", "backed_off"})
                       ? absl::StrCat("left alone for a while after misses, "
                                      "to be tried again (",
                                      count("backoffs"),
                                      " times so far); the fallback answers; ")
                       : "",
                   count("answered"), " of ", count("submitted"),
                   " hops answered, ", count("late"), " late, ",
                   count("failed"), " failed, ", count("wrong"), " wrong, ",
                   count("not_sent"), " not sent"));
}

}  // namespace

std::string StatusReport(const Json& status) {
  std::string text;
  const double next_try = Number(status, {"recovery", "next_try_s"});
  std::string state = Text(status, {"state"});
  if (state == "recovering" && std::isfinite(next_try)) {
    state += absl::StrFormat(" (next try in %.1f s)", next_try);
  }
  Row(&text, "state",
      absl::StrCat(state, ", up ", Duration(Number(status, {"uptime_s"})),
                   ", pid ", Count(status, {"pid"}), ", version ",
                   Text(status, {"version"})));
  Row(&text, "mode",
      absl::StrCat(Text(status, {"mode"}), ", attenuation ", Strength(status)));
  Row(&text, "model",
      absl::StrCat(
          Text(status, {"model", "name"}), " (",
          Text(status, {"model", "source"}), "), in the ",
          Text(status, {"model", "placement"}), ", ",
          Text(status, {"model", "backend"}),
          IsTrue(status, {"model", "stepped_down"})
              ? absl::StrCat(", stepped down from ",
                             Text(status, {"model", "stepped_down_from"}),
                             ", which was late")
              : ""));
  AddOffload(status, &text);
  Row(&text, "source",
      absl::StrCat(Text(status, {"device", "source"}), ", ",
                   FormatText(At(status, {"device", "capture"}))));
  const Json& listeners = At(status, {"device", "listeners"});
  Row(&text, "microphone",
      absl::StrCat(
          Text(status, {"device", "microphone"}), ", ",
          FormatText(At(status, {"device", "playback"})),
          listeners.is_number()
              ? absl::StrCat(", ", listeners.get<int64_t>(), " listening")
              : ""));
  Row(&text, "backend",
      absl::StrCat(Text(status, {"backend"}), ", ",
                   Text(status, {"device", "state"})));
  Row(&text, "latency", LatencyText(status));
  Row(&text, "levels",
      absl::StrCat("in ", Decibels(status, {"levels", "input_rms_db"}),
                   ", out ", Decibels(status, {"levels", "output_rms_db"}),
                   ", taken away ",
                   Decibels(status, {"levels", "attenuation_db"})));
  Row(&text, "faults",
      absl::StrCat(
          Count(status, {"counters", "xruns"}), " xruns, ",
          Count(status, {"counters", "deadline_misses"}), " deadline misses, ",
          Count(status, {"counters", "frames_dropped"}), " frames dropped, ",
          Count(status, {"counters", "frames_inserted"}), " inserted, ",
          Count(status, {"recovery", "recoveries"}), " recoveries"));
  Row(&text, "real-time",
      absl::StrCat(Text(status, {"realtime", "kind"}),
                   Text(status, {"realtime", "detail"}) == "-"
                       ? ""
                       : ": " + Text(status, {"realtime", "detail"})));
  const std::string config = Text(status, {"config"});
  Row(&text, "config", config == "-" ? "defaults" : config);
  const std::string error = Text(status, {"last_error"});
  if (error != "-") Row(&text, "last error", error);
  return text;
}

std::string DevicesReport(const Json& devices) {
  const Json& list = At(devices, {"devices"});
  if (!list.is_array() || list.empty()) return "no sources\n";
  size_t width = 4;
  for (const Json& device : list) {
    width = std::max(width, Text(device, {"name"}).size());
  }
  std::string text;
  for (const Json& device : list) {
    absl::StrAppendFormat(&text, "%c %-*s  %s%s\n",
                          IsTrue(device, {"default"}) ? '*' : ' ',
                          static_cast<int>(width), Text(device, {"name"}),
                          Text(device, {"description"}),
                          IsTrue(device, {"monitor"}) ? " (monitor)" : "");
  }
  return text;
}

std::string LatencyTable(const Json& latency) {
  const double budget_ms = Number(latency, {"budget_ms"});
  std::string text =
      absl::StrFormat("%-13s %10s %8s %8s %8s %8s %8s  ms\n", "stage", "count",
                      "p50", "p90", "p99", "p99.9", "max");
  const Json& stages = At(latency, {"stages"});
  if (!stages.is_array()) return "no figures\n";
  for (const Json& stage : stages) {
    absl::StrAppendFormat(&text, "%-13s %10s", Text(stage, {"stage"}),
                          Count(stage, {"count"}));
    const bool is_empty = !(Number(stage, {"count"}) > 0);
    for (const char* key :
         {"p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms"}) {
      absl::StrAppendFormat(
          &text, " %8s",
          is_empty ? "-" : Milliseconds(Number(stage, {key}), 3));
    }
    text += "\n";
  }
  absl::StrAppend(&text, "\nlatency ", LatencyText(latency), "; budget ",
                  Milliseconds(budget_ms, 1), " ms a frame\n");

  constexpr int kPlotColumns = 40;
  for (const Json& stage : stages) {
    const Json& buckets = At(stage, {"buckets"});
    const double total = Number(stage, {"count"});
    if (!buckets.is_array() || !(total > 0)) continue;
    absl::StrAppend(&text, "\n", Text(stage, {"stage"}), "\n");
    double most = 0;
    for (const Json& bucket : buckets) {
      if (bucket.is_array() && bucket.size() == 2 && bucket[1].is_number()) {
        most = std::max(most, bucket[1].get<double>());
      }
    }
    for (const Json& bucket : buckets) {
      if (!bucket.is_array() || bucket.size() != 2 || !bucket[0].is_number() ||
          !bucket[1].is_number()) {
        continue;
      }
      const double bound_ms = bucket[0].get<double>();
      const double count = bucket[1].get<double>();
      // Rare slow frames matter most, so that one is always seen.
      const double share = std::max(count / most, 0.5 / kPlotColumns);
      std::string bar = Bar(share, kPlotColumns);
      std::replace(bar.begin(), bar.end(), '.', ' ');
      absl::StrAppendFormat(&text, "  <= %9.4f ms |%s| %8.4f %%%s\n", bound_ms,
                            bar, 100.0 * count / total,
                            bound_ms > budget_ms ? "  over budget" : "");
    }
  }
  return text;
}

std::string LoopbackReportText(const Json& loopback) {
  const double median_ms = Number(loopback, {"median_ms"});
  const double min_ms = Number(loopback, {"min_ms"});
  const double max_ms = Number(loopback, {"max_ms"});
  return absl::StrCat(
      "end to end ", Milliseconds(median_ms, 2), " ms (median of ",
      Count(loopback, {"found"}), " bursts of ", Count(loopback, {"sent"}),
      "), ", Milliseconds(min_ms, 2), " to ", Milliseconds(max_ms, 2),
      " ms, spread ", Milliseconds(max_ms - min_ms, 2), " ms; expected ",
      Milliseconds(Number(loopback, {"expected_ms"}), 2), " ms\n");
}

std::string MetersLineText(const Json& meters) {
  return absl::StrCat(
      Text(meters, {"state"}), " ", Text(meters, {"mode"}),
      " in=", Milliseconds(Number(meters, {"levels", "input_rms_db"}), 1),
      "dB out=", Milliseconds(Number(meters, {"levels", "output_rms_db"}), 1),
      "dB attenuation=",
      Milliseconds(Number(meters, {"levels", "attenuation_db"}), 1),
      "dB latency=", Milliseconds(Number(meters, {"latency_ms"}), 1),
      "ms misses=", Count(meters, {"counters", "deadline_misses"}),
      " xruns=", Count(meters, {"counters", "xruns"}), "\n");
}

std::string MetersScreen(const Json& meters, int columns) {
  std::string text =
      absl::StrCat("tacet top - ", Text(meters, {"state"}), ", ",
                   Text(meters, {"mode"}), ", model ", Text(meters, {"model"}),
                   ", ", Text(meters, {"source"}), "\n\n");
  absl::StrAppend(
      &text,
      LevelBar("input", Number(meters, {"levels", "input_rms_db"}),
               Number(meters, {"levels", "input_peak_db"}), columns),
      LevelBar("output", Number(meters, {"levels", "output_rms_db"}),
               Number(meters, {"levels", "output_peak_db"}), columns));
  constexpr double kMostDb = 60.0;
  const double attenuation_db = Number(meters, {"levels", "attenuation_db"});
  absl::StrAppendFormat(
      &text, "%-8s %s %6.1f dB\n", "taken",
      Bar(attenuation_db / kMostDb, std::max(10, columns - 32)),
      attenuation_db);
  absl::StrAppend(
      &text, "\nlatency ", Milliseconds(Number(meters, {"latency_ms"}), 1),
      " ms   deadline misses ", Count(meters, {"counters", "deadline_misses"}),
      "   xruns ", Count(meters, {"counters", "xruns"}), "   dropped ",
      Count(meters, {"counters", "frames_dropped"}), "   inserted ",
      Count(meters, {"counters", "frames_inserted"}), "\nattenuation ",
      Strength(meters), "   q quits\n");
  return text;
}

}  // namespace tacet
