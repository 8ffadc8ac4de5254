// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_NEUROMORPHIC_GRAPH_H_
#define TACET_MODEL_NEUROMORPHIC_GRAPH_H_

#include <string>
#include <vector>

#include "model/fixed/weights.h"

namespace tacet {

// What a neuron of a group does with its inputs (docs/fixed-point.md).
//   kAffine   encoder and decoder: W x + b
//   kState    a complex state: B x in, Re r and Im r out
//   kY        C r + d x
//   kGate     sigmoid(W y) y + x, the next x
enum class GroupKind { kAffine, kState, kY, kGate };

// Neurons of one program. A group is a stage: all of its inputs belong to the
// same token.
struct NeuronGroup {
  std::string name;  // "encoder", "layers.0.state", ..., "decoder"
  GroupKind kind = GroupKind::kAffine;
  int layer = 0;  // of a state, y or gate
  int num_neurons = 0;
  // 16-bit values that its neurons send; value v is neuron v % num_neurons's.
  int num_values = 0;
  int neuron_bytes = 0;  // state, accumulators and constants of a neuron
};

// Where the values of one group go. The matrix's column c is value
// first_value + c of the source, its row r the target's neuron r. Without a
// matrix, value v goes to neuron v alone.
struct Connection {
  int source = 0;  // kInput or a group
  int target = 0;
  int first_value = 0;
  int num_values = 0;
  const FixedMatrix* matrix = nullptr;
};
inline constexpr int kInput = -1;  // the features, from outside the chip

// The network as groups in the order of the data's way, and all that connects
// them: one encoder, three groups a layer, one decoder.
//   Source: the paper's mapping, as docs/neuromorphic.md tells it.
// The weights must outlive the graph.
struct NeuronGraph {
  explicit NeuronGraph(const FixedWeights& weights);

  const FixedWeights* weights;
  std::vector<NeuronGroup> groups;
  std::vector<Connection> connections;

  // Values that a source has; kInput has the features.
  int NumValues(int source) const {
    return source == kInput ? weights->num_features : groups[source].num_values;
  }
  static int StateGroup(int layer) { return 1 + 3 * layer; }
  static int YGroup(int layer) { return 2 + 3 * layer; }
  static int GateGroup(int layer) { return 3 + 3 * layer; }
  // The group that sends x to a layer, or the decoder's input.
  static int XGroup(int layer) { return 3 * layer; }
};

}  // namespace tacet

#endif  // TACET_MODEL_NEUROMORPHIC_GRAPH_H_
