// SPDX-License-Identifier: Apache-2.0
#include "model/neuromorphic/partition.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "model/str_cat.h"

namespace tacet {
namespace {

constexpr int64_t kBitsPerByte = 8;

int64_t CeilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

int64_t Whole(const Quantity& q) { return static_cast<int64_t>(q.value()); }

// Time of a neuron when every value is sent.
std::vector<double> CostOfNeurons(const NeuronGraph& graph, const Chip& chip,
                                  int group) {
  std::vector<double> cost(graph.groups[group].num_neurons,
                           chip.neuron_ns.value());
  for (const Connection& c : graph.connections) {
    if (c.target != group) continue;
    for (size_t n = 0; n < cost.size(); ++n) {
      const int64_t synapses =
          c.matrix == nullptr ? 1 : c.matrix->rows[n + 1] - c.matrix->rows[n];
      cost[n] += chip.synapse_ns.value() * static_cast<double>(synapses);
    }
  }
  return cost;
}

// Fills in the block and marks the values that reach this core.
SynapseBlock BlockOf(const NeuronGraph& graph, const Chip& chip, int index,
                     const std::vector<int>& neurons, std::set<int>* values) {
  const Connection& c = graph.connections[index];
  SynapseBlock block;
  block.connection = index;
  int64_t num_weights = 0;
  std::set<int> columns;
  for (const int n : neurons) {
    if (c.matrix == nullptr) {
      columns.insert(n);
      ++num_weights;
      continue;
    }
    for (uint32_t i = c.matrix->rows[n]; i < c.matrix->rows[n + 1]; ++i) {
      columns.insert(c.matrix->columns[i]);
      ++num_weights;
    }
  }
  for (const int column : columns) values->insert(c.first_value + column);
  block.num_lists = static_cast<int64_t>(columns.size());
  const int64_t header = block.num_lists * Whole(chip.list_header_bits);
  const int64_t num_all =
      block.num_lists * static_cast<int64_t>(neurons.size());
  const int64_t sparse = num_weights * Whole(chip.sparse_synapse_bits);
  const int64_t dense = num_all * Whole(chip.dense_synapse_bits);
  block.is_dense = c.matrix != nullptr && dense < sparse;
  block.num_synapses = block.is_dense ? num_all : num_weights;
  block.bits = header + (block.is_dense ? dense : sparse);
  return block;
}

void LayOut(const NeuronGraph& graph, const Chip& chip, int group,
            CorePart* part) {
  std::sort(part->neurons.begin(), part->neurons.end());
  std::map<int, std::set<int>> values;  // by source
  for (size_t i = 0; i < graph.connections.size(); ++i) {
    const Connection& c = graph.connections[i];
    if (c.target != group) continue;
    part->blocks.push_back(BlockOf(graph, chip, static_cast<int>(i),
                                   part->neurons, &values[c.source]));
  }
  for (const auto& [source, of_source] : values) {
    part->fan_in += static_cast<int64_t>(of_source.size());
  }
}

}  // namespace

int64_t CorePart::SynapseBytes() const {
  int64_t bits = 0;
  for (const SynapseBlock& block : blocks) bits += block.bits;
  return CeilDiv(bits, kBitsPerByte);
}

std::vector<CorePart> PartitionGroup(const NeuronGraph& graph, const Chip& chip,
                                     int group, int num_cores) {
  const std::vector<double> cost = CostOfNeurons(graph, chip, group);
  std::vector<int> order(cost.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&cost](int a, int b) { return cost[a] > cost[b]; });
  std::vector<CorePart> parts(num_cores);
  // Time so far, then neurons so far, which decide where time costs nothing.
  std::vector<std::pair<double, size_t>> load(num_cores);
  for (const int neuron : order) {
    const auto least = std::min_element(load.begin(), load.end());
    least->first += cost[neuron];
    ++least->second;
    parts[least - load.begin()].neurons.push_back(neuron);
  }
  for (CorePart& part : parts) LayOut(graph, chip, group, &part);
  return parts;
}

std::string BrokenLimit(const NeuronGraph& graph, const Chip& chip, int group,
                        const CorePart& part) {
  const NeuronGroup& g = graph.groups[group];
  const auto check = [](std::string_view name, int64_t found,
                        const Quantity& limit) {
    const int64_t most = Whole(limit);
    return found <= most ? std::string()
                         : StrCat(name, " is ", found, ", at most ", most,
                                  ": too much by ", found - most);
  };
  std::string broken =
      check("neurons of a core", static_cast<int64_t>(part.neurons.size()),
            chip.neurons_per_core);
  if (broken.empty()) {
    broken = check("state of a neuron in bytes", g.neuron_bytes,
                   chip.neuron_state_bytes);
  }
  if (broken.empty()) {
    broken = check("synaptic memory of a core in bytes", part.SynapseBytes(),
                   chip.synapse_memory_bytes);
  }
  if (broken.empty()) {
    broken = check("memory of a core in bytes",
                   part.SynapseBytes() + part.NeuronBytes(g),
                   chip.core_memory_bytes);
  }
  if (broken.empty()) {
    broken = check("fan-in of a core", part.fan_in, chip.max_fan_in);
  }
  return broken;
}

int64_t WordsOfList(const Chip& chip, bool is_dense, int64_t num_synapses) {
  const int64_t bits =
      Whole(is_dense ? chip.dense_synapse_bits : chip.sparse_synapse_bits);
  return CeilDiv(Whole(chip.list_header_bits) + num_synapses * bits,
                 Whole(chip.memory_word_bits));
}

}  // namespace tacet
