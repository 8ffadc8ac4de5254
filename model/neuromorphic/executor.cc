// SPDX-License-Identifier: Apache-2.0
#include "model/neuromorphic/executor.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "model/fixed/arithmetic.h"

namespace tacet {

absl::StatusOr<std::shared_ptr<const MappedNetwork>> MappedNetwork::Create(
    const FixedWeights& weights, const Chip& chip, CorePlacement placement) {
  NeuronGraph graph(weights);
  absl::StatusOr<Mapping> mapping = MapNetwork(graph, chip, placement);
  if (!mapping.ok()) return mapping.status();
  std::vector<EventMatrix> matrices;
  std::vector<int> matrix_of_connection;
  for (const Connection& c : graph.connections) {
    matrix_of_connection.push_back(
        c.matrix == nullptr ? -1 : static_cast<int>(matrices.size()));
    if (c.matrix != nullptr) matrices.emplace_back(*c.matrix);
  }
  const size_t num_links = Mesh(chip.columns(), chip.rows()).num_links();
  return std::make_shared<const MappedNetwork>(MappedNetwork{
      chip, std::move(graph), *std::move(mapping), std::move(matrices),
      std::move(matrix_of_connection), num_links});
}

NeuromorphicExecutor::NeuromorphicExecutor(
    std::shared_ptr<const MappedNetwork> network)
    : network_(std::move(network)),
      weights_(*network_->graph.weights),
      incoming_(network_->graph.groups.size()),
      gates_(weights_.layers.size(), std::vector<int16_t>(weights_.hidden)),
      scratch_(weights_.hidden, weights_.num_states) {
  const NeuronGraph& graph = network_->graph;
  for (size_t i = 0; i < graph.connections.size(); ++i) {
    const Connection& c = graph.connections[i];
    if (c.matrix != nullptr) incoming_[c.target].push_back(static_cast<int>(i));
  }
  const int num_groups = static_cast<int>(graph.groups.size());
  size_t most = 0;
  for (int source = kInput; source < num_groups; ++source) {
    fan_out_.emplace_back(graph, network_->chip, network_->mapping, source);
    values_.emplace_back(graph.NumValues(source));
    most = std::max(most, values_.back().size());
  }
  acc_.resize(most);
}

void NeuromorphicExecutor::Step(std::span<const int16_t> features,
                                FixedState& state, std::span<int16_t> outputs,
                                TokenCounts* counts) noexcept TACET_REALTIME {
  counts->Clear();
  for (size_t c = 0; c < counts->cores.size(); ++c) {
    counts->cores[c].num_neurons =
        static_cast<uint32_t>(network_->mapping.cores[c].part.neurons.size());
  }
  std::ranges::copy(features, Values(kInput).begin());
  Count(kInput, counts);
  const int last = static_cast<int>(network_->graph.groups.size()) - 1;
  for (int g = 0; g <= last; ++g) {
    const NeuronGroup& group = network_->graph.groups[g];
    switch (group.kind) {
      case GroupKind::kAffine:
        RunAffine(g, g == 0 ? weights_.encoder : weights_.decoder, g == 0);
        break;
      case GroupKind::kState:
        RunState(g, weights_.layers[group.layer], state.layers()[group.layer]);
        break;
      case GroupKind::kY:
        RunY(g, weights_.layers[group.layer]);
        break;
      case GroupKind::kGate:
        RunGate(g, weights_.layers[group.layer]);
        break;
    }
    Count(g, counts);
  }
  std::ranges::copy(Values(last), outputs.begin());
}

// The messages of the nth matrix that leads to a group.
void NeuromorphicExecutor::Deliver(
    int target, int nth, std::span<int32_t> acc) noexcept TACET_REALTIME {
  const int index = incoming_[target][nth];
  const Connection& c = network_->graph.connections[index];
  network_->matrices[network_->matrix_of_connection[index]].Deliver(
      std::span<const int16_t>(Values(c.source))
          .subspan(c.first_value, c.num_values),
      acc);
}

void NeuromorphicExecutor::RunAffine(int group, const FixedAffine& w,
                                     bool has_relu) noexcept TACET_REALTIME {
  std::ranges::copy(w.bias, acc_.begin());
  Deliver(group, 0, acc_);
  std::vector<int16_t>& y = Values(group);
  for (size_t r = 0; r < y.size(); ++r) {
    const int32_t sum = RoundShift(acc_[r], w.shift[r]);
    y[r] = has_relu ? SaturateToRelu(sum) : SaturateToActivation(sum);
  }
}

void NeuromorphicExecutor::RunState(int group, const FixedS5Weights& w,
                                    FixedS5State& state) noexcept
    TACET_REALTIME {
  std::ranges::copy(w.b_bias_re, scratch_.acc_re.begin());
  std::ranges::copy(w.b_bias_im, scratch_.acc_im.begin());
  Deliver(group, 0, scratch_.acc_re);
  Deliver(group, 1, scratch_.acc_im);
  UpdateState(w, scratch_, state);
  ActivateFixedState(w, weights_.state_activation, state, scratch_);
  std::vector<int16_t>& r = Values(group);
  const auto im = std::ranges::copy(scratch_.r_re, r.begin()).out;
  std::ranges::copy(scratch_.r_im, im);
}

void NeuromorphicExecutor::RunY(int group, const FixedS5Weights& w) noexcept
    TACET_REALTIME {
  const std::vector<int16_t>& x =
      Values(NeuronGraph::XGroup(network_->graph.groups[group].layer));
  std::vector<int16_t>& y = Values(group);
  for (size_t h = 0; h < y.size(); ++h) {
    acc_[h] = w.y_bias[h] + RoundShift(int32_t{w.d[h]} * x[h], w.d_shift[h]);
  }
  Deliver(group, 0, acc_);
  Deliver(group, 1, acc_);
  for (size_t h = 0; h < y.size(); ++h) {
    y[h] = SaturateToRelu(RoundShift(acc_[h], w.y_shift[h]));
  }
}

void NeuromorphicExecutor::RunGate(int group, const FixedS5Weights& w) noexcept
    TACET_REALTIME {
  const int layer = network_->graph.groups[group].layer;
  const std::vector<int16_t>& x = Values(NeuronGraph::XGroup(layer));
  const std::vector<int16_t>& y = Values(NeuronGraph::YGroup(layer));
  std::vector<int16_t>& gate = gates_[layer];
  std::vector<int16_t>& out = Values(group);
  std::ranges::copy(w.gate.bias, acc_.begin());
  Deliver(group, 0, acc_);
  for (size_t h = 0; h < out.size(); ++h) {
    gate[h] =
        sigmoid_(SaturateToActivation(RoundShift(acc_[h], w.gate.shift[h])));
    const int64_t z =
        int64_t{y[h]} * gate[h] + (int64_t{x[h]} << w.x_left_shift);
    out[h] = SaturateToRelu(RoundShift64(z, w.out_shift));
  }
}

void NeuromorphicExecutor::Count(int source,
                                 TokenCounts* counts) noexcept TACET_REALTIME {
  fan_out_[source + 1].Count(Values(source), counts);
}

}  // namespace tacet
