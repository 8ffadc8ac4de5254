// SPDX-License-Identifier: Apache-2.0
#include "model/neuromorphic/graph.h"

namespace tacet {
namespace {

// Bytes of a neuron: accumulators and biases of 4, a 24-bit state in 4,
// activations and 16-bit constants of 2, shifts of 1.
constexpr int kAffineBytes = 4 + 4 + 1;
constexpr int kStateBytes = 2 * 4 + 2 * 4 + 4 * 2 + 2 * 4 + 2;
constexpr int kYBytes = 4 + 2 + 2 + 4 + 2;
constexpr int kGateBytes = 4 + 2 * 2 + 4 + 1;

}  // namespace

NeuronGraph::NeuronGraph(const FixedWeights& w) : weights(&w) {
  const int h = w.hidden, p = w.num_states;
  const int num_layers = static_cast<int>(w.layers.size());
  const auto connect = [this](int source, int target, const FixedMatrix& m,
                              int first_value = 0) {
    connections.push_back({source, target, first_value, m.num_columns, &m});
  };
  const auto one_to_one = [this, h](int source, int target) {
    connections.push_back({source, target, 0, h, nullptr});
  };
  groups.push_back({"encoder", GroupKind::kAffine, 0, h, h, kAffineBytes});
  connect(kInput, 0, w.encoder.weight);
  for (int i = 0; i < num_layers; ++i) {
    const FixedS5Weights& layer = w.layers[i];
    const std::string name = "layers." + std::to_string(i) + ".";
    groups.push_back(
        {name + "state", GroupKind::kState, i, p, 2 * p, kStateBytes});
    groups.push_back({name + "y", GroupKind::kY, i, h, h, kYBytes});
    groups.push_back({name + "gate", GroupKind::kGate, i, h, h, kGateBytes});
    connect(XGroup(i), StateGroup(i), layer.b_re);
    connect(XGroup(i), StateGroup(i), layer.b_im);
    connect(StateGroup(i), YGroup(i), layer.c_re);
    connect(StateGroup(i), YGroup(i), layer.c_im, p);
    one_to_one(XGroup(i), YGroup(i));
    connect(YGroup(i), GateGroup(i), layer.gate.weight);
    one_to_one(YGroup(i), GateGroup(i));
    one_to_one(XGroup(i), GateGroup(i));
  }
  const int num_outputs = static_cast<int>(w.decoder.bias.size());
  groups.push_back({"decoder", GroupKind::kAffine, 0, num_outputs, num_outputs,
                    kAffineBytes});
  connect(XGroup(num_layers), 1 + 3 * num_layers, w.decoder.weight);
}

}  // namespace tacet
