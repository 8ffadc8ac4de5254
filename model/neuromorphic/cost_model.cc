// SPDX-License-Identifier: Apache-2.0
#include "model/neuromorphic/cost_model.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tacet {

const char* LimitName(Limit limit) {
  constexpr std::array<const char*, kNumLimits> kNames = {
      "synapses", "memory reads", "neurons", "messages", "links", "idle"};
  return kNames[static_cast<int>(limit)];
}

Bound Longer(const Bound& a, const Bound& b) noexcept TACET_REALTIME {
  Bound longer = b.ns[kValue] > a.ns[kValue] ? b : a;
  for (int s = 0; s < kNumScenarios; ++s) {
    longer.ns[s] = std::max(a.ns[s], b.ns[s]);
  }
  return longer;
}

CostModel::CostModel(std::shared_ptr<const MappedNetwork> network)
    : network_(std::move(network)),
      chip_(network_->chip),
      idle_time_(network_->graph.groups.size()),
      idle_neurons_(network_->graph.groups.size()) {
  for (size_t g = 0; g < idle_time_.size(); ++g) {
    const std::vector<MappedCore>& cores = network_->mapping.cores;
    for (size_t c = 0; c < cores.size(); ++c) {
      if (cores[c].group == static_cast<int>(g)) continue;
      const auto neurons = static_cast<double>(cores[c].part.neurons.size());
      Bound idle;
      idle.core = static_cast<int>(c);
      for (int s = 0; s < kNumScenarios; ++s) {
        idle.ns[s] = neurons * chip_.neuron_idle_ns[s];
      }
      idle_time_[g] = Longer(idle_time_[g], idle);
      idle_neurons_[g] += static_cast<int64_t>(neurons);
    }
  }
}

Bound CostModel::CoreTime(const CoreCounts& n) const noexcept TACET_REALTIME {
  Bound bound;
  for (int s = 0; s < kNumScenarios; ++s) {
    // In the order of Limit.
    const std::array<double, 4> terms = {
        n.num_synapses * chip_.synapse_ns[s],
        n.num_reads * chip_.memory_read_ns[s],
        n.num_neurons * chip_.neuron_ns[s] + n.num_spiking * chip_.spike_ns[s],
        std::max(n.num_sent * chip_.message_ns[s],
                 n.num_received * chip_.receive_ns[s])};
    const auto largest = std::max_element(terms.begin(), terms.end());
    if (s == kHigh) {
      bound.ns[s] = terms[0] + terms[1] + terms[2] + terms[3];
    } else {
      bound.ns[s] = *largest;
    }
    if (s == kValue) bound.limit = static_cast<Limit>(largest - terms.begin());
  }
  return bound;
}

Bound CostModel::GroupTime(const TokenCounts& counts,
                           int group) const noexcept TACET_REALTIME {
  Bound slowest;
  const Mapping& mapping = network_->mapping;
  for (int c = mapping.first_core[group]; c < mapping.first_core[group + 1];
       ++c) {
    Bound core = CoreTime(counts.cores[c]);
    core.core = c;
    slowest = Longer(slowest, core);
  }
  return slowest;
}

Bound CostModel::LinkTime(std::span<const uint32_t> load) const noexcept
    TACET_REALTIME {
  uint32_t along = 0, across = 0;
  for (size_t link = 0; link < load.size(); ++link) {
    uint32_t& most = Mesh::IsVertical(link) ? across : along;
    most = std::max(most, load[link]);
  }
  Bound bound;
  bound.limit = Limit::kLinks;
  for (int s = 0; s < kNumScenarios; ++s) {
    bound.ns[s] =
        std::max(along * chip_.hop_ns[s], across * chip_.hop_vertical_ns[s]);
  }
  return bound;
}

Range CostModel::TokenEnergy(const TokenCounts& counts) const noexcept
    TACET_REALTIME {
  uint64_t synapses = 0, reads = 0, sent = 0, spiking = 0, neurons = 0;
  for (const CoreCounts& core : counts.cores) {
    synapses += core.num_synapses;
    reads += core.num_reads;
    sent += core.num_sent;
    spiking += core.num_spiking;
    neurons += core.num_neurons;
  }
  uint64_t along = 0, across = 0;
  for (size_t i = 0; i < counts.links.size(); ++i) {
    (Mesh::IsVertical(i % counts.num_links) ? across : along) +=
        counts.links[i];
  }
  Range pj = {};
  const auto add = [&pj](uint64_t count, const Quantity& price) {
    for (int s = 0; s < kNumScenarios; ++s) {
      pj[s] += static_cast<double>(count) * price[s];
    }
  };
  add(synapses, chip_.synapse_pj);
  add(reads, chip_.memory_read_pj);
  add(neurons, chip_.neuron_pj);
  add(spiking, chip_.spike_pj);
  add(sent, chip_.message_pj);
  add(along, chip_.hop_pj);
  add(across, chip_.hop_vertical_pj);
  return pj;
}

Range CostModel::IdleEnergy(int group) const noexcept TACET_REALTIME {
  Range pj = {};
  for (int s = 0; s < kNumScenarios; ++s) {
    pj[s] = static_cast<double>(idle_neurons_[group]) * chip_.neuron_idle_pj[s];
  }
  return pj;
}

Range CostModel::StaticEnergy(const Range& ns) const noexcept TACET_REALTIME {
  Range pj = {};
  for (int s = 0; s < kNumScenarios; ++s) pj[s] = ns[s] * chip_.static_mw[s];
  return pj;
}

}  // namespace tacet
