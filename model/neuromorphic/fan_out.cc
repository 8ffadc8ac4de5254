// SPDX-License-Identifier: Apache-2.0
#include "model/neuromorphic/fan_out.h"

#include <algorithm>
#include <cstddef>
#include <set>

#include "model/neuromorphic/partition.h"

namespace tacet {
namespace {

// The entries of each column of a connection that lie in a core.
std::vector<int64_t> WeightsByColumn(const Connection& c,
                                     const std::vector<int>& neurons) {
  std::vector<int64_t> count(c.num_values, 0);
  for (const int n : neurons) {
    if (c.matrix == nullptr) {
      ++count[n];
      continue;
    }
    for (uint32_t i = c.matrix->rows[n]; i < c.matrix->rows[n + 1]; ++i) {
      ++count[c.matrix->columns[i]];
    }
  }
  return count;
}

}  // namespace

FanOut::FanOut(const NeuronGraph& graph, const Chip& chip,
               const Mapping& mapping, int source)
    : source_(source), mesh_(chip.columns(), chip.rows()) {
  const int num_values = graph.NumValues(source);
  std::set<int> targets;
  for (const Connection& c : graph.connections) {
    if (c.source != source) continue;
    for (int core = mapping.first_core[c.target];
         core < mapping.first_core[c.target + 1]; ++core) {
      targets.insert(core);
    }
  }
  targets_.assign(targets.begin(), targets.end());
  is_last_ = targets_.empty();
  const size_t num_targets = is_last_ ? 1 : targets_.size();
  synapses_.resize(num_values * num_targets);
  reads_.resize(synapses_.size());
  messages_.resize(synapses_.size());
  for (size_t t = 0; t < targets_.size(); ++t) {
    const MappedCore& core = mapping.cores[targets_[t]];
    target_routers_.push_back({core.column, core.row});
    for (const SynapseBlock& block : core.part.blocks) {
      const Connection& c = graph.connections[block.connection];
      if (c.source != source) continue;
      const std::vector<int64_t> weights =
          WeightsByColumn(c, core.part.neurons);
      for (int v = 0; v < c.num_values; ++v) {
        if (weights[v] == 0) continue;
        const int64_t synapses =
            block.is_dense ? static_cast<int64_t>(core.part.neurons.size())
                           : weights[v];
        const size_t at = (c.first_value + v) * num_targets + t;
        synapses_[at] += static_cast<uint16_t>(synapses);
        reads_[at] +=
            static_cast<uint16_t>(WordsOfList(chip, block.is_dense, synapses));
        messages_[at] = 1;
      }
    }
  }
  if (is_last_) {
    target_routers_.push_back(kPort);
    std::ranges::fill(messages_, uint16_t{1});
  }
  sender_of_.resize(num_values);
  if (source == kInput) {
    num_neurons_ = num_values;
    sender_routers_.push_back(kPort);
  } else {
    num_neurons_ = graph.groups[source].num_neurons;
    first_sender_ = mapping.first_core[source];
    for (int c = first_sender_; c < mapping.first_core[source + 1]; ++c) {
      sender_routers_.push_back(
          {mapping.cores[c].column, mapping.cores[c].row});
    }
    for (int v = 0; v < num_values; ++v) {
      sender_of_[v] = static_cast<uint16_t>(
          mapping.core_of[source][v % num_neurons_] - first_sender_);
    }
  }
  num_synapses_.resize(num_targets);
  num_reads_.resize(num_targets);
  num_messages_.resize(sender_routers_.size() * num_targets);
}

void FanOut::Count(std::span<const int16_t> values,
                   TokenCounts* counts) noexcept TACET_REALTIME {
  std::ranges::fill(num_synapses_, 0u);
  std::ranges::fill(num_reads_, 0u);
  std::ranges::fill(num_messages_, 0u);
  uint32_t num_sent = 0;
  for (size_t v = 0; v < values.size(); ++v) {
    if (values[v] == 0) continue;
    ++num_sent;
    CountValue(v);
    if (source_ == kInput) continue;
    // A state sends two values and is one neuron.
    const size_t n = v % num_neurons_;
    const bool is_first = v == n || values[n] == 0;
    counts->cores[first_sender_ + sender_of_[v]].num_spiking += is_first;
  }
  counts->values[source_ + 1] = num_sent;
  Settle(counts);
}

void FanOut::CountValue(size_t value) noexcept TACET_REALTIME {
  const size_t n = num_synapses_.size();
  const uint16_t* synapses = &synapses_[value * n];
  const uint16_t* reads = &reads_[value * n];
  const uint16_t* messages = &messages_[value * n];
  uint32_t* sent = &num_messages_[sender_of_[value] * n];
  for (size_t t = 0; t < n; ++t) num_synapses_[t] += synapses[t];
  for (size_t t = 0; t < n; ++t) num_reads_[t] += reads[t];
  for (size_t t = 0; t < n; ++t) sent[t] += messages[t];
}

void FanOut::Settle(TokenCounts* counts) noexcept TACET_REALTIME {
  const size_t n = num_synapses_.size();
  // The input travels in the first group's step.
  const std::span<uint32_t> links = counts->Links(std::max(source_, 0));
  for (size_t s = 0; s < sender_routers_.size(); ++s) {
    for (size_t t = 0; t < n; ++t) {
      const uint32_t messages = num_messages_[s * n + t];
      if (messages == 0) continue;
      mesh_.Send(sender_routers_[s], target_routers_[t], messages, links);
      if (source_ != kInput) {
        counts->cores[first_sender_ + s].num_sent += messages;
      }
      if (!is_last_) counts->cores[targets_[t]].num_received += messages;
    }
  }
  if (is_last_) return;
  for (size_t t = 0; t < n; ++t) {
    counts->cores[targets_[t]].num_synapses += num_synapses_[t];
    counts->cores[targets_[t]].num_reads += num_reads_[t];
  }
}

}  // namespace tacet
