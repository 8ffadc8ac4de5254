// SPDX-License-Identifier: Apache-2.0
#include "model/neuromorphic/stage_estimate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace tacet {
namespace {

// Of a message, which the mesh counts whole, in 32 bits: 100 are enough, and
// 65 536 values to 128 cores, more than a file can name, do not overflow.
constexpr double kParts = 100;

std::vector<Router> RoutersOfGroup(const Chip& chip, int group,
                                   std::span<const int> num_cores) {
  const int first =
      std::accumulate(num_cores.begin(), num_cores.begin() + group, 0);
  std::vector<Router> routers;
  routers.reserve(num_cores[group]);
  for (int c = 0; c < num_cores[group]; ++c) {
    routers.push_back(RouterOfCore(chip, first + c));
  }
  return routers;
}

// Messages of a value to each target group; a matrix sends to all of its cores.
std::map<int, double> MessagesByTarget(const NeuronGraph& graph, int source,
                                       std::span<const int> num_cores) {
  std::map<int, double> by_target;
  for (const Connection& c : graph.connections) {
    if (c.source != source) continue;
    double& n = by_target[c.target];
    n = std::max(n, c.matrix == nullptr ? 1.0 : num_cores[c.target]);
  }
  return by_target;
}

}  // namespace

Router RouterOfCore(const Chip& chip, int core) {
  const int router = core / static_cast<int>(chip.cores_per_router.value());
  const int row = router / chip.columns();
  const int step = router % chip.columns();
  return {row % 2 == 0 ? step : chip.columns() - 1 - step, row};
}

double MessagesOfValue(const NeuronGraph& graph, int group,
                       std::span<const int> num_cores) {
  double sum = 0;
  for (const auto& [target, n] : MessagesByTarget(graph, group, num_cores)) {
    sum += n;
  }
  return sum;
}

double StageEstimate::ShareSent(int source) const {
  const int last = static_cast<int>(graph_.groups.size()) - 1;
  return source == kInput || source == last ? 1.0 : kShareSent;
}

double StageEstimate::LinkTime(int group,
                               std::span<const int> num_cores) const {
  std::vector<uint32_t> load(mesh_.num_links());
  const auto send = [&](int source, const std::vector<Router>& from,
                        const std::vector<Router>& to, double per_value) {
    const double messages =
        graph_.NumValues(source) * ShareSent(source) * per_value;
    const auto pairs = static_cast<double>(from.size() * to.size());
    const auto parts =
        static_cast<uint32_t>(std::lround(kParts * messages / pairs));
    for (const Router& a : from) {
      for (const Router& b : to) {
        mesh_.Send(a, b, parts, load);
      }
    }
  };
  const std::vector<Router> own = RoutersOfGroup(chip_, group, num_cores);
  // The input travels in the first group's step.
  if (group == 0) send(kInput, {kPort}, own, num_cores[0]);
  const auto by_target = MessagesByTarget(graph_, group, num_cores);
  if (by_target.empty()) send(group, own, {kPort}, 1);
  for (const auto& [target, per_value] : by_target) {
    send(group, own, RoutersOfGroup(chip_, target, num_cores), per_value);
  }
  double slowest = 0;
  for (size_t link = 0; link < load.size(); ++link) {
    const Quantity& hop =
        Mesh::IsVertical(link) ? chip_.hop_vertical_ns : chip_.hop_ns;
    slowest = std::max(slowest, load[link] / kParts * hop.value());
  }
  return slowest;
}

double StageEstimate::Nanoseconds(int group, std::span<const int> num_cores,
                                  std::span<const CorePart> parts) const {
  const NeuronGroup& g = graph_.groups[group];
  const double sends = MessagesOfValue(graph_, group, num_cores) *
                       g.num_values * ShareSent(group) / g.num_neurons *
                       chip_.message_ns.value();
  double slowest = LinkTime(group, num_cores);
  for (const CorePart& part : parts) {
    double synapses = 0, lists = 0;
    for (const SynapseBlock& block : part.blocks) {
      const double share =
          ShareSent(graph_.connections[block.connection].source);
      synapses += share * static_cast<double>(block.num_synapses);
      lists += share * static_cast<double>(block.num_lists);
    }
    const auto neurons = static_cast<double>(part.neurons.size());
    slowest = std::max({slowest, synapses * chip_.synapse_ns.value(),
                        neurons * chip_.neuron_ns.value(), neurons * sends,
                        lists * chip_.receive_ns.value()});
  }
  return slowest + chip_.barrier_ns.value();
}

}  // namespace tacet
