// SPDX-License-Identifier: Apache-2.0
#include "daemon/metrics_text.h"

#include <charconv>
#include <cmath>
#include <cstdint>

#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

constexpr double kMsPerSecond = 1e3;
constexpr double kNanosecondsPerSecond = 1e9;

// The shortest decimal that reads back as the same number, in any locale.
std::string Number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return std::string(text, end);
}

// Escapes backslash, quote and newline, as label values need.
std::string Escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text.push_back('\\');
    if (c == '\n') {
      text += "\\n";
    } else {
      text.push_back(c);
    }
  }
  return text;
}

std::string Label(const char* name, std::string_view value) {
  return absl::StrCat(name, "=\"", Escaped(value), "\"");
}

class MetricsWriter {
 public:
  // One sample, without labels.
  void Counter(const char* name, const char* help, int64_t value) {
    Head(name, help, "counter");
    Sample(name, "", absl::StrCat(value));
  }
  void Gauge(const char* name, const char* help, double value,
             const std::string& labels = "") {
    Head(name, help, "gauge");
    Sample(name, labels, Number(value));
  }

  // To be followed by samples of that name.
  void Head(const char* name, const char* help, const char* type) {
    absl::StrAppend(&text_, "# HELP ", name, " ", help, "\n# TYPE ", name, " ",
                    type, "\n");
  }
  void Sample(const std::string& name, const std::string& labels,
              const std::string& value) {
    const std::string braced =
        labels.empty() ? "" : absl::StrCat("{", labels, "}");
    absl::StrAppend(&text_, name, braced, " ", value, "\n");
  }

  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

void AddFrames(const AudioCounters& c, MetricsWriter* out) {
  out->Counter("tacet_frames_in_total", "Frames captured.", c.frames_in);
  out->Counter("tacet_frames_out_total", "Frames played.", c.frames_out);
  out->Counter("tacet_frames_dropped_total",
               "Captured frames that were not played.", c.frames_dropped);
  out->Counter("tacet_frames_inserted_total",
               "Frames of silence for what was late.", c.frames_inserted);
  // A gauge, since clocks drift both ways.
  out->Gauge("tacet_frames_stretched",
             "Frames given less frames taken by the drift resampler.",
             static_cast<double>(c.frames_stretched));
  out->Gauge("tacet_frames_in_flight",
             "Frames that the ring holds, by its own positions.",
             static_cast<double>(c.frames_in_flight));
  out->Gauge(
      "tacet_frames_balanced",
      "1 while in + inserted + stretched = out + dropped + in flight; 0: "
      "frames were lost or doubled inside the daemon.",
      IsBalanced(c) ? 1 : 0);
}

void AddFaults(const AudioCounters& c, MetricsWriter* out) {
  out->Counter("tacet_callbacks_total", "Audio callbacks.", c.num_callbacks);
  out->Counter("tacet_xruns_total", "Xruns told by the sound server.",
               c.num_xruns);
  out->Counter("tacet_lost_frames_total",
               "Frames that the sound server lost before capture.",
               c.lost_frames);
  out->Counter("tacet_deadline_misses_total",
               "Hops that took longer than they may.", c.num_deadline_misses);
  out->Counter("tacet_missing_masks_total",
               "Hops that passed undenoised for want of a mask.",
               c.num_missing_masks);
  out->Counter("tacet_non_finite_samples_total",
               "Input samples that were no numbers.", c.num_non_finite_samples);
  out->Counter("tacet_stream_swaps_total", "Finished changes of the model.",
               c.num_swaps);
}

void AddState(const DaemonStatus& status, MetricsWriter* out) {
  out->Gauge(
      "tacet_info", "Always 1; the labels tell the set-up.", 1,
      absl::StrCat(Label("version", status.version), ",",
                   Label("backend", status.backend), ",",
                   Label("model", status.model), ",",
                   Label("realtime", RealtimeKindName(status.realtime))));
  out->Head("tacet_state", "1 for the daemon's state, 0 for the others.",
            "gauge");
  for (const DaemonState state :
       {DaemonState::kStarting, DaemonState::kIdle, DaemonState::kRunning,
        DaemonState::kRecovering, DaemonState::kStopping}) {
    out->Sample("tacet_state", Label("state", DaemonStateName(state)),
                status.state == state ? "1" : "0");
  }
  out->Head("tacet_mode", "1 for the mode that is on, 0 for the others.",
            "gauge");
  for (const Mode mode : {Mode::kClean, Mode::kBypass, Mode::kMute}) {
    out->Sample("tacet_mode", Label("mode", ModeName(mode)),
                status.mode == mode ? "1" : "0");
  }
  out->Gauge("tacet_uptime_seconds", "Since the daemon's start.",
             status.uptime_s);
  out->Gauge("tacet_attenuation_limit_decibels",
             "Most that is taken away anywhere.", status.strength_db);
  out->Gauge("tacet_model_stepped_down",
             "1 while a smaller model runs because the other was late.",
             status.stepped_down_from.empty() ? 0 : 1);
  out->Counter("tacet_recoveries_total",
               "Times that audio came back after a failure.",
               status.recovery.num_recoveries);
  out->Gauge("tacet_last_recovery_seconds",
             "What the last recovery took; 0 before the first.",
             status.recovery.last_duration_s);
  out->Gauge("tacet_locked_memory_bytes", "Memory that is never paged out.",
             static_cast<double>(status.locked_bytes));
}

void AddLevels(const MeterReading& meters, MetricsWriter* out) {
  const auto add = [out](const char* name, const char* help, float input,
                         float output) {
    out->Head(name, help, "gauge");
    out->Sample(name, Label("side", "input"), Number(input));
    out->Sample(name, Label("side", "output"), Number(output));
  };
  add("tacet_level_rms_decibels", "Level of the last 100 ms, full scale = 0.",
      meters.input_rms_db, meters.output_rms_db);
  add("tacet_level_peak_decibels", "Peak of the last 100 ms, full scale = 0.",
      meters.input_peak_db, meters.output_peak_db);
  out->Gauge("tacet_attenuation_decibels", "Input less output level.",
             meters.attenuation_db);
}

void AddLatency(const DaemonStatus& status, const LatencyReport& report,
                MetricsWriter* out) {
  constexpr char kParts[] = "tacet_latency_seconds";
  const LatencyParts& parts = status.latency;
  out->Head(kParts, "Latency by its parts; their sum is the latency.", "gauge");
  for (const auto& [part, ms] :
       {std::pair{"window", parts.window_ms},
        std::pair{"capture_period", parts.capture_period_ms},
        std::pair{"playback_period", parts.playback_period_ms},
        std::pair{"ring_margin", parts.ring_margin_ms},
        std::pair{"server", parts.server_ms}}) {
    out->Sample(kParts, Label("part", part), Number(ms / kMsPerSecond));
  }
  out->Gauge("tacet_ring_fill_frames", "Frames waiting in the ring.",
             status.ring.fill_frames);
  out->Gauge("tacet_ring_capacity_frames", "Room of the ring; 0: no ring.",
             status.ring.capacity_frames);
  out->Gauge("tacet_clock_ratio_deviation",
             "Capture clock over playback clock, less 1.",
             status.ring.ratio_ppm * 1e-6);

  // Histogram samples since the last `tacet latency --reset`; to Prometheus a
  // reset is that of a counter.
  const std::string name = "tacet_stage_seconds";
  out->Head(name.c_str(), "Time of each stage of a frame.", "histogram");
  for (int i = 0; i < kNumStages; ++i) {
    const HistogramSnapshot& histogram = report.stages[i];
    const std::string stage = Label("stage", StageName(static_cast<Stage>(i)));
    uint64_t cumulated = 0;
    // The last bucket has no upper bound.
    for (int bucket = 0; bucket + 1 < kHistogramBuckets; ++bucket) {
      cumulated += histogram.counts[bucket];
      const double bound = Histogram::UpperBoundNs(bucket);
      out->Sample(name + "_bucket",
                  absl::StrCat(stage, ",le=\"",
                               Number(bound / kNanosecondsPerSecond), "\""),
                  absl::StrCat(cumulated));
    }
    cumulated += histogram.counts[kHistogramBuckets - 1];
    out->Sample(name + "_bucket", absl::StrCat(stage, ",le=\"+Inf\""),
                absl::StrCat(cumulated));
    out->Sample(
        name + "_sum", stage,
        Number(static_cast<double>(histogram.sum_ns) / kNanosecondsPerSecond));
    out->Sample(name + "_count", stage, absl::StrCat(cumulated));
  }
}

}  // namespace

std::string MetricsText(const DaemonStatus& status,
                        const LatencyReport& latency) {
  MetricsWriter out;
  AddState(status, &out);
  AddFrames(status.counters, &out);
  AddFaults(status.counters, &out);
  AddLevels(status.meters, &out);
  AddLatency(status, latency, &out);
  return out.Take();
}

}  // namespace tacet
