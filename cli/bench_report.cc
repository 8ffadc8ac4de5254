// SPDX-License-Identifier: Apache-2.0
#include "cli/bench_report.h"

#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"

namespace tacet {
namespace {

using Json = nlohmann::ordered_json;

constexpr struct {
  const char* name;
  double q;
} kQuantiles[] = {
    {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"max", 1}};

double Us(double ns) { return 1e-3 * ns; }
double Mb(int64_t bytes) { return 1e-6 * static_cast<double>(bytes); }

std::string Kib(int64_t bytes) {
  return bytes == 0 ? "unknown"
                    : absl::StrFormat("%.1f KiB", std::ldexp(bytes, -10));
}
Json KnownBytes(int64_t bytes) {
  return bytes == 0 ? Json(nullptr) : Json(bytes);
}

void AppendRow(const BenchStage& stage, std::string* text) {
  absl::StrAppendFormat(text, "\n%-10s %9.2f", stage.name, Us(stage.MeanNs()));
  for (const auto& [name, q] : kQuantiles) {
    absl::StrAppendFormat(text, " %9.2f",
                          Us(static_cast<double>(stage.QuantileNs(q))));
  }
}

Json QuantilesOf(const BenchStage& stage) {
  Json json = {{"mean_us", Us(stage.MeanNs())}};
  for (const auto& [name, q] : kQuantiles) {
    json[std::string(name) + "_us"] =
        Us(static_cast<double>(stage.QuantileNs(q)));
  }
  return json;
}

}  // namespace

std::string BenchText(const BenchResult& r) {
  std::string text;
  const BenchSettings& s = r.settings;
  absl::StrAppendFormat(&text, "processor     %s\n", r.cpu);
  absl::StrAppendFormat(&text, "model         %s, %s, kernels %s\n",
                        r.model_name, BackendName(s.backend), r.kernels);
  absl::StrAppendFormat(&text,
                        "input         %s at %d Hz, mean %.1f dBFS; %d "
                        "stream(s) of %g s\n",
                        s.input.empty() ? "the built-in sample" : s.input,
                        s.rate_hz, r.input_dbfs, s.num_streams, s.seconds);
  absl::StrAppendFormat(
      &text, "zeros         x %.1f %%, states r %.1f %%, y %.1f %%\n",
      100 * r.activations.x.Sparsity(), 100 * r.activations.r.Sparsity(),
      100 * r.activations.y.Sparsity());
  absl::StrAppendFormat(&text,
                        "MACs a hop    %.0f of kept weights, %.0f of them with "
                        "an input that is not 0\n",
                        r.activations.MacsPerToken(),
                        r.activations.EffectiveMacsPerToken());
  absl::StrAppendFormat(&text,
                        "memory        weights %.3f MB, a stream %.3f MB, "
                        "peak %.1f MB\n",
                        Mb(r.weight_bytes), Mb(r.bytes_per_stream),
                        Mb(r.peak_bytes));
  absl::StrAppendFormat(
      &text, "state         network %s a stream; caches L1 %s, L2 %s\n",
      Kib(r.arena_bytes), Kib(r.l1_bytes), Kib(r.l2_bytes));
  absl::StrAppendFormat(&text,
                        "disturbance   stolen %.2f s and %d preemptions in "
                        "%.2f s\n\n",
                        r.stolen_s, r.num_preempted, r.wall_s);
  absl::StrAppendFormat(&text, "%-10s %9s", "us a hop", "mean");
  for (const auto& [name, q] : kQuantiles) {
    absl::StrAppendFormat(&text, " %9s", name);
  }
  for (const BenchStage& stage : r.stages) AppendRow(stage, &text);
  AppendRow(r.no_work, &text);
  absl::StrAppendFormat(&text,
                        "\n\nprocessor time  %.2f us a hop of %g ms, "
                        "real-time factor %.5f\n"
                        "throughput      %.0f hops a second, %.0f times real "
                        "time on one core\n",
                        Us(r.CpuPerHopNs()), 1e3 * r.hop_s, r.RealTimeFactor(),
                        1e9 / r.CpuPerHopNs(), 1 / r.RealTimeFactor());
  if (r.instructions > 0) {
    absl::StrAppendFormat(&text, "instructions    %.0f a hop\n",
                          r.instructions);
  } else {
    text += "instructions    not counted: this system does not let us\n";
  }
  return text;
}

std::string BenchJson(const BenchResult& r) {
  Json stages = Json::object();
  for (const BenchStage& stage : r.stages) {
    stages[stage.name] = QuantilesOf(stage);
  }
  Json matrices = Json::array();
  for (const MatrixActivity& m : r.activations.matrices) {
    matrices.push_back({{"name", m.name},
                        {"weights", m.num_weights},
                        {"zeros", m.inputs.Sparsity()},
                        {"effective_macs_per_hop",
                         static_cast<double>(m.num_macs) /
                             static_cast<double>(r.activations.num_tokens)}});
  }
  const Json json = {
      {"processor", r.cpu},
      {"model", r.model_name},
      {"backend", BackendName(r.settings.backend)},
      {"kernels", r.kernels},
      {"input", r.settings.input},
      {"rate_hz", r.settings.rate_hz},
      {"seconds", r.settings.seconds},
      {"num_streams", r.settings.num_streams},
      {"num_hops", r.num_hops},
      {"input_dbfs", r.input_dbfs},
      {"zeros",
       {{"x", r.activations.x.Sparsity()},
        {"r", r.activations.r.Sparsity()},
        {"y", r.activations.y.Sparsity()}}},
      {"macs_per_hop", r.activations.MacsPerToken()},
      {"effective_macs_per_hop", r.activations.EffectiveMacsPerToken()},
      {"matrices", matrices},
      {"weight_bytes", r.weight_bytes},
      {"state_bytes_per_stream", KnownBytes(r.arena_bytes)},
      {"l1_bytes", KnownBytes(r.l1_bytes)},
      {"l2_bytes", KnownBytes(r.l2_bytes)},
      {"bytes_per_stream", r.bytes_per_stream},
      {"peak_bytes", r.peak_bytes},
      {"cpu_s", r.cpu_s},
      {"wall_s", r.wall_s},
      {"stolen_s", r.stolen_s},
      {"num_preempted", r.num_preempted},
      {"cpu_us_per_hop", Us(r.CpuPerHopNs())},
      {"real_time_factor", r.RealTimeFactor()},
      {"hops_per_second", 1e9 / r.CpuPerHopNs()},
      {"instructions_per_hop",
       r.instructions > 0 ? Json(r.instructions) : Json(nullptr)},
      {"stages", stages},
      {"no_work", QuantilesOf(r.no_work)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tacet
