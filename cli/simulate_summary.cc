// SPDX-License-Identifier: Apache-2.0
#include "cli/simulate_summary.h"

#include <algorithm>

namespace tacet {
namespace {

constexpr double kHopNs = 1e9 / kTokensPerSecond;

double Per(uint64_t total, double n) { return static_cast<double>(total) / n; }

SimulationSummary::Quantiles QuantilesOf(const Spread& spread, double unit) {
  SimulationSummary::Quantiles q;
  for (int s = 0; s < kNumScenarios; ++s) {
    q.p50[s] = spread[s].Quantile(0.5) / unit;
    q.p99[s] = spread[s].Quantile(0.99) / unit;
    q.max[s] = spread[s].max() / unit;
    q.mean[s] = spread[s].mean() / unit;
  }
  return q;
}

void AddRealtime(const SimulationMeter& meter, SimulationSummary* out) {
  const Chip& chip = meter.network().chip;
  for (int s = 0; s < kNumScenarios; ++s) {
    out->tokens_per_s[s] = 1e6 / out->period_us.mean[kNumScenarios - 1 - s];
    out->margin[s] = 1e-3 * kHopNs / out->latency_us.p99[kNumScenarios - 1 - s];
    // 1 mW over 1 ns is 1 pJ.
    out->realtime_uj[s] =
        out->dynamic_uj.mean[s] + 1e-6 * chip.static_mw[s] * kHopNs;
  }
}

void AddGroups(const SimulationMeter& meter, double tokens,
               SimulationSummary* out) {
  const MappedNetwork& network = meter.network();
  out->feature_sparsity =
      1 - Per(meter.values()[0], tokens * network.graph.NumValues(kInput));
  for (size_t g = 0; g < network.graph.groups.size(); ++g) {
    const NeuronGroup& group = network.graph.groups[g];
    SimulationSummary::Group entry;
    entry.name = group.name;
    entry.num_neurons = group.num_neurons;
    entry.num_cores = network.mapping.NumCores(static_cast<int>(g));
    entry.sparsity = 1 - Per(meter.values()[g + 1], tokens * group.num_values);
    for (int c = network.mapping.first_core[g];
         c < network.mapping.first_core[g + 1]; ++c) {
      const CorePart& part = network.mapping.cores[c].part;
      const int64_t synapses = part.SynapseBytes();
      const int64_t neurons = part.NeuronBytes(group);
      entry.synapse_bytes += synapses;
      out->neuron_bytes += neurons;
      out->fullest_core_bytes =
          std::max(out->fullest_core_bytes, synapses + neurons);
      for (const SynapseBlock& block : part.blocks) {
        entry.num_dense_blocks += block.is_dense;
        ++entry.num_blocks;
      }
    }
    out->synapse_bytes += entry.synapse_bytes;
    out->groups.push_back(entry);
  }
}

void AddEvents(const SimulationMeter& meter, double tokens,
               SimulationSummary* out) {
  const Chip& chip = meter.network().chip;
  double neurons = 0, along = 0, across = 0;
  for (const SimulationMeter::CoreTotal& core : meter.cores()) {
    out->synapses += Per(core.num_synapses, tokens);
    out->reads += Per(core.num_reads, tokens);
    out->messages += Per(core.num_sent, tokens);
    out->spikes += Per(core.num_spiking, tokens);
    neurons += Per(core.num_neurons, tokens);
  }
  for (size_t i = 0; i < meter.links().size(); ++i) {
    (Mesh::IsVertical(i) ? across : along) += Per(meter.links()[i], tokens);
  }
  out->hops = along + across;
  const double total = 1e6 * out->dynamic_uj.mean[kValue];
  double named = 0;
  const auto add = [&](const char* name, double pj) {
    out->energy.push_back({name, total > 0 ? pj / total : 0});
    named += pj;
  };
  add("synapses", out->synapses * chip.synapse_pj.value() +
                      out->reads * chip.memory_read_pj.value());
  add("neurons",
      neurons * chip.neuron_pj.value() + out->spikes * chip.spike_pj.value());
  add("messages", out->messages * chip.message_pj.value());
  add("hops",
      along * chip.hop_pj.value() + across * chip.hop_vertical_pj.value());
  add("idle neurons", std::max(0.0, total - named));
}

void AddLimits(const SimulationMeter& meter, SimulationSummary* out) {
  const double steps = static_cast<double>(meter.num_steps());
  for (int i = 0; i < kNumLimits; ++i) {
    out->limits.push_back(
        {LimitName(static_cast<Limit>(i)), Per(meter.limits()[i], steps)});
  }
  const auto slowest = std::ranges::max_element(
      meter.cores(), {}, &SimulationMeter::CoreTotal::num_slowest);
  out->slowest_core = static_cast<int>(slowest - meter.cores().begin());
  out->slowest_share = Per(slowest->num_slowest, steps);
}

}  // namespace

SimulationSummary Summarise(const Simulation& run) {
  const SimulationMeter& meter = *run.meter;
  const double tokens = static_cast<double>(meter.num_tokens());
  SimulationSummary out;
  out.latency_us = QuantilesOf(meter.latency_ns(), 1e3);
  out.period_us = QuantilesOf(meter.period_ns(), 1e3);
  out.energy_uj = QuantilesOf(meter.energy_pj(), 1e6);
  out.dynamic_uj = QuantilesOf(meter.dynamic_pj(), 1e6);
  AddRealtime(meter, &out);
  AddGroups(meter, tokens, &out);
  AddEvents(meter, tokens, &out);
  AddLimits(meter, &out);
  return out;
}

}  // namespace tacet
