// SPDX-License-Identifier: Apache-2.0
#include "daemon/control_json.h"

#include <cmath>
#include <string>

#include "absl/strings/escaping.h"

namespace tacet {
namespace {

constexpr double kNanosecondsPerMs = 1e6;

Json Number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json FormatJson(const AudioFormat& format) {
  return {{"sample_rate_hz", format.sample_rate_hz},
          {"channels", format.num_channels},
          {"period_frames", format.period_frames}};
}

Json DeviceStatusJson(const BackendStatus& device) {
  return {{"state", BackendStateName(device.state)},
          {"detail", device.detail},
          {"source", device.capture_device},
          {"microphone", device.playback_device},
          {"capture", FormatJson(device.capture)},
          {"playback", FormatJson(device.playback)},
          {"clocks", device.clocks == ClockDomain::kOne ? 1 : 2},
          {"listeners", device.num_listeners < 0 ? Json(nullptr)
                                                 : Json(device.num_listeners)}};
}

Json LatencyPartsJson(const LatencyParts& parts) {
  return {{"window_ms", Number(parts.window_ms)},
          {"capture_period_ms", Number(parts.capture_period_ms)},
          {"playback_period_ms", Number(parts.playback_period_ms)},
          {"ring_margin_ms", Number(parts.ring_margin_ms)},
          {"server_ms", Number(parts.server_ms)},
          {"total_ms", Number(parts.total_ms)}};
}

Json CountersJson(const AudioCounters& counters) {
  return {{"frames_in", counters.frames_in},
          {"frames_out", counters.frames_out},
          {"frames_dropped", counters.frames_dropped},
          {"frames_inserted", counters.frames_inserted},
          {"frames_stretched", counters.frames_stretched},
          {"frames_in_flight", counters.frames_in_flight},
          {"balanced", IsBalanced(counters)},
          {"callbacks", counters.num_callbacks},
          {"xruns", counters.num_xruns},
          {"lost_frames", counters.lost_frames},
          {"deadline_misses", counters.num_deadline_misses},
          {"missing_masks", counters.num_missing_masks},
          {"non_finite_samples", counters.num_non_finite_samples},
          {"swaps", counters.num_swaps}};
}

Json LevelsJson(const MeterReading& meters) {
  return {{"input_rms_db", Number(meters.input_rms_db)},
          {"input_peak_db", Number(meters.input_peak_db)},
          {"output_rms_db", Number(meters.output_rms_db)},
          {"output_peak_db", Number(meters.output_peak_db)},
          {"attenuation_db", Number(meters.attenuation_db)}};
}

Json RingJson(const RingStatus& ring) {
  return {{"capacity_frames", ring.capacity_frames},
          {"fill_frames", ring.fill_frames},
          {"ratio_ppm", Number(ring.ratio_ppm)},
          {"error_ms", Number(ring.error_ms)}};
}

Json RecoveryJson(const RecoveryStatus& recovery) {
  return {{"recoveries", recovery.num_recoveries},
          {"last_duration_s", Number(recovery.last_duration_s)},
          {"last_ago_s", Number(recovery.last_ago_s)},
          {"last_cause", recovery.last_cause},
          {"next_try_s", Number(recovery.next_try_s)}};
}

Json HistogramJson(std::string_view stage, const HistogramSnapshot& histogram) {
  const auto quantile = [&histogram](double q) {
    return Number(histogram.QuantileNs(q) / kNanosecondsPerMs);
  };
  Json buckets = Json::array();
  for (int bucket = 0; bucket < kHistogramBuckets; ++bucket) {
    if (histogram.counts[bucket] == 0) continue;
    buckets.push_back({Histogram::UpperBoundNs(bucket) / kNanosecondsPerMs,
                       histogram.counts[bucket]});
  }
  return {{"stage", stage},
          {"count", histogram.num_samples()},
          {"mean_ms", Number(histogram.mean_ns() / kNanosecondsPerMs)},
          {"p50_ms", quantile(0.5)},
          {"p90_ms", quantile(0.9)},
          {"p99_ms", quantile(0.99)},
          {"p999_ms", quantile(0.999)},
          {"max_ms", histogram.max_ns / kNanosecondsPerMs},
          {"buckets", std::move(buckets)}};
}

Json OffloadJson(const std::optional<OffloadReport>& offload) {
  if (!offload.has_value()) return nullptr;
  return {{"backed_off", offload->is_backed_off},
          {"submitted", offload->num_submitted},
          {"answered", offload->num_answered},
          {"late", offload->num_late},
          {"failed", offload->num_failed},
          {"wrong", offload->num_wrong},
          {"not_sent", offload->num_not_sent},
          {"dropped", offload->num_dropped},
          {"backoffs", offload->num_backoffs}};
}

}  // namespace

Json MetersJson(const DaemonStatus& status) {
  return {{"state", DaemonStateName(status.state)},
          {"mode", ModeName(status.mode)},
          {"strength_db", Number(status.strength_db)},
          {"model", status.model},
          {"source", status.device.capture_device},
          {"levels", LevelsJson(status.meters)},
          {"latency_ms", Number(status.latency.total_ms)},
          {"counters", CountersJson(status.counters)},
          {"ring", RingJson(status.ring)}};
}

Json StatusJson(const DaemonStatus& status) {
  return {{"state", DaemonStateName(status.state)},
          {"version", status.version},
          {"uptime_s", Number(status.uptime_s)},
          {"pid", status.pid},
          {"backend", status.backend},
          {"device", DeviceStatusJson(status.device)},
          {"latency", LatencyPartsJson(status.latency)},
          {"mode", ModeName(status.mode)},
          {"strength_db", Number(status.strength_db)},
          {"model",
           {{"name", status.model},
            {"source", status.model_source},
            {"stepped_down", !status.stepped_down_from.empty()},
            {"stepped_down_from", status.stepped_down_from},
            {"placement", status.worker ? "worker" : "callback"},
            {"backend", status.network_backend}}},
          {"offload", OffloadJson(status.offload)},
          {"counters", CountersJson(status.counters)},
          {"levels", LevelsJson(status.meters)},
          {"ring", RingJson(status.ring)},
          {"recovery", RecoveryJson(status.recovery)},
          {"realtime",
           {{"kind", RealtimeKindName(status.realtime)},
            {"detail", status.realtime_detail},
            {"locked_bytes", status.locked_bytes}}},
          {"config", status.config_path},
          {"last_error", status.last_error}};
}

Json LatencyJson(const LatencyReport& report) {
  Json stages = Json::array();
  for (int i = 0; i < kNumStages; ++i) {
    stages.push_back(
        HistogramJson(StageName(static_cast<Stage>(i)), report.stages[i]));
  }
  return {{"budget_ms", Number(report.budget_ms)},
          {"stages", std::move(stages)}};
}

Json DevicesJson(const std::vector<DeviceInfo>& devices) {
  Json list = Json::array();
  for (const DeviceInfo& device : devices) {
    list.push_back({{"name", device.name},
                    {"description", device.description},
                    {"channels", device.num_channels},
                    {"sample_rate_hz", device.sample_rate_hz},
                    {"default", device.is_default},
                    {"monitor", device.is_monitor}});
  }
  return {{"devices", std::move(list)}};
}

Json LoopbackJson(const LoopbackReport& report) {
  return {{"sent", report.num_sent},
          {"found", report.num_found},
          {"median_ms", Number(report.median_ms)},
          {"min_ms", Number(report.min_ms)},
          {"max_ms", Number(report.max_ms)},
          {"expected_ms", Number(report.expected_ms)}};
}

Json AudioJson(const MonitorFrames& frames) {
  return {{"sample_rate_hz", frames.format.sample_rate_hz},
          {"latency_frames", frames.format.latency_frames},
          {"first_frame", frames.first_frame},
          {"frames", frames.num_frames},
          {"dropped", frames.frames_dropped},
          {"input", absl::Base64Escape(frames.input)},
          {"output", absl::Base64Escape(frames.output)}};
}

}  // namespace tacet
