// SPDX-License-Identifier: Apache-2.0
#include "cli/simulate_report.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "cli/simulate_summary.h"

namespace tacet {
namespace {

using Json = nlohmann::ordered_json;

void AppendRange(const char* name, const Range& range, std::string* text) {
  absl::StrAppendFormat(text, "%-34s %11.4g %11.4g %11.4g\n", name, range[kLow],
                        range[kValue], range[kHigh]);
}

void AppendQuantiles(const std::string& name,
                     const SimulationSummary::Quantiles& q, std::string* text) {
  AppendRange((name + ", p50").c_str(), q.p50, text);
  AppendRange("  p99", q.p99, text);
  AppendRange("  max", q.max, text);
}

void AppendShares(const char* name,
                  const std::vector<SimulationSummary::Share>& shares,
                  std::string* text) {
  *text += name;
  for (const SimulationSummary::Share& share : shares) {
    absl::StrAppendFormat(text, "%s %s %.1f %%",
                          &share == shares.data() ? "" : ",", share.name,
                          100 * share.share);
  }
  *text += '\n';
}

// The core that most steps waited for, if they waited for cores.
void AppendBottleneck(const Simulation& run, const SimulationSummary& s,
                      std::string* text) {
  if (s.slowest_share == 0) {
    *text += "bottleneck no core: the links in all steps\n\n";
    return;
  }
  const MappedNetwork& network = run.meter->network();
  const int group = network.mapping.cores[s.slowest_core].group;
  absl::StrAppendFormat(
      text, "bottleneck core %d (%s) in %.1f %% of the steps\n\n",
      s.slowest_core, network.graph.groups[group].name, 100 * s.slowest_share);
}

Json QuantilesJson(const SimulationSummary::Quantiles& q) {
  return {{"mean", q.mean}, {"p50", q.p50}, {"p99", q.p99}, {"max", q.max}};
}

Json SharesJson(const std::vector<SimulationSummary::Share>& shares) {
  Json json = Json::object();
  for (const SimulationSummary::Share& share : shares) {
    json[share.name] = share.share;
  }
  return json;
}

Json CoresJson(const SimulationMeter& meter) {
  Json cores = Json::array();
  for (int c = 0; c < meter.network().mapping.num_cores(); ++c) {
    const MappedCore& core = meter.network().mapping.cores[c];
    const SimulationMeter::CoreTotal& total = meter.cores()[c];
    const NeuronGroup& group = meter.network().graph.groups[core.group];
    cores.push_back({{"group", group.name},
                     {"router", {core.column, core.row}},
                     {"neurons", core.part.neurons.size()},
                     {"synapse_bytes", core.part.SynapseBytes()},
                     {"neuron_bytes", core.part.NeuronBytes(group)},
                     {"synapses", total.num_synapses},
                     {"memory_reads", total.num_reads},
                     {"received", total.num_received},
                     {"sent", total.num_sent},
                     {"spikes", total.num_spiking},
                     {"neuron_updates", total.num_neurons},
                     {"busy_us", 1e-3 * total.busy_ns},
                     {"steps_slowest", total.num_slowest}});
  }
  return cores;
}

Json SourcesJson(const Chip& chip) {
  Json json = Json::object();
  for (const ChipField& field : ChipFields()) {
    const Quantity& q = chip.*field.member;
    json[std::string(field.name)] = {{"range", q.range}, {"source", q.source}};
  }
  return json;
}

}  // namespace

std::string SimulationText(const Simulation& run) {
  const SimulationSummary s = Summarise(run);
  const MappedNetwork& network = run.meter->network();
  const Chip& chip = network.chip;
  std::string text;
  absl::StrAppendFormat(&text, "chip       %s: %s\n", chip.name, chip.note);
  absl::StrAppendFormat(&text, "network    %s: %d groups on %d of %d cores\n",
                        run.model->metadata().name,
                        static_cast<int>(network.graph.groups.size()),
                        network.mapping.num_cores(), chip.cores());
  absl::StrAppendFormat(&text,
                        "memory     synapses %d bytes, neurons %d; fullest "
                        "core %d of %.0f\n",
                        s.synapse_bytes, s.neuron_bytes, s.fullest_core_bytes,
                        chip.core_memory_bytes.value());
  absl::StrAppendFormat(&text, "mode       %s\n",
                        ExecutionModeName(run.meter->mode()));
  absl::StrAppendFormat(
      &text,
      "input      %.2f s, %d tokens; simulated in %.2f s of processor time, "
      "%.0f times real time\n\n",
      run.audio_s, run.meter->num_tokens(), run.processor_s,
      run.audio_s / run.processor_s);
  absl::StrAppendFormat(&text, "%-34s %11s %11s %11s\n",
                        "estimate, by the chip's ranges", "low", "value",
                        "high");
  AppendQuantiles("latency of a token / us", s.latency_us, &text);
  AppendRange("tokens a second", s.tokens_per_s, &text);
  AppendRange("8 ms over p99 latency", s.margin, &text);
  AppendQuantiles("energy of a token / uJ", s.energy_uj, &text);
  AppendRange("  of it events, mean", s.dynamic_uj.mean, &text);
  AppendRange("energy of a hop in real time / uJ", s.realtime_uj, &text);
  absl::StrAppendFormat(&text,
                        "\na token    %.0f synapses, %.0f messages, %.0f hops, "
                        "%.0f neurons sent\n",
                        s.synapses, s.messages, s.hops, s.spikes);
  AppendShares("energy    ", s.energy, &text);
  AppendShares("steps     ", s.limits, &text);
  AppendBottleneck(run, s, &text);
  absl::StrAppendFormat(&text, "%-16s %8s %6s %9s %9s %7s\n", "group",
                        "neurons", "cores", "bytes", "zeros", "dense");
  absl::StrAppendFormat(&text, "%-16s %8d %6s %9s %7.1f %%\n", "features",
                        network.graph.NumValues(kInput), "", "",
                        100 * s.feature_sparsity);
  for (const SimulationSummary::Group& group : s.groups) {
    absl::StrAppendFormat(&text, "%-16s %8d %6d %9d %7.1f %% %3d/%d\n",
                          group.name, group.num_neurons, group.num_cores,
                          group.synapse_bytes, 100 * group.sparsity,
                          group.num_dense_blocks, group.num_blocks);
  }
  return text;
}

std::string SimulationJson(const Simulation& run) {
  const SimulationSummary s = Summarise(run);
  const MappedNetwork& network = run.meter->network();
  Json json;
  json["chip"] = {{"name", network.chip.name},
                  {"note", network.chip.note},
                  {"quantities", SourcesJson(network.chip)}};
  json["model"] = run.model->metadata().name;
  json["mode"] = ExecutionModeName(run.meter->mode());
  json["audio_s"] = run.audio_s;
  json["tokens"] = run.meter->num_tokens();
  json["processor_s"] = run.processor_s;
  json["latency_us"] = QuantilesJson(s.latency_us);
  json["period_us"] = QuantilesJson(s.period_us);
  json["tokens_per_s"] = s.tokens_per_s;
  json["margin"] = s.margin;
  json["energy_uj"] = QuantilesJson(s.energy_uj);
  json["dynamic_energy_uj"] = QuantilesJson(s.dynamic_uj);
  json["realtime_energy_uj"] = s.realtime_uj;
  json["energy_shares"] = SharesJson(s.energy);
  json["step_limits"] = SharesJson(s.limits);
  json["per_token"] = {{"synapses", s.synapses},
                       {"memory_reads", s.reads},
                       {"messages", s.messages},
                       {"hops", s.hops},
                       {"spikes", s.spikes}};
  json["memory"] = {{"synapse_bytes", s.synapse_bytes},
                    {"neuron_bytes", s.neuron_bytes},
                    {"fullest_core_bytes", s.fullest_core_bytes}};
  json["bottleneck"] = {{"core", s.slowest_core}, {"share", s.slowest_share}};
  json["feature_sparsity"] = s.feature_sparsity;
  for (const SimulationSummary::Group& group : s.groups) {
    json["groups"].push_back({{"name", group.name},
                              {"neurons", group.num_neurons},
                              {"cores", group.num_cores},
                              {"synapse_bytes", group.synapse_bytes},
                              {"sparsity", group.sparsity},
                              {"dense_blocks", group.num_dense_blocks},
                              {"blocks", group.num_blocks}});
  }
  json["cores"] = CoresJson(*run.meter);
  return json.dump(2) + "\n";
}

}  // namespace tacet
