// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_NEUROMORPHIC_PARTITION_H_
#define TACET_MODEL_NEUROMORPHIC_PARTITION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "model/neuromorphic/chip.h"
#include "model/neuromorphic/graph.h"

namespace tacet {

// How one matrix, or the one-to-one connection, is laid out in one core.
struct SynapseBlock {
  int connection = 0;  // of the graph
  bool is_dense = false;
  int64_t num_synapses = 0;  // that are stored: a dense block stores zeros too
  int64_t num_lists = 0;     // values of the source that it holds a list for
  int64_t bits = 0;
};

// A part of a group's neurons, as one core holds it.
struct CorePart {
  std::vector<int> neurons;  // ascending
  std::vector<SynapseBlock> blocks;
  int64_t fan_in = 0;  // different values of all sources that reach it

  int64_t SynapseBytes() const;
  int64_t NeuronBytes(const NeuronGroup& group) const {
    return static_cast<int64_t>(neurons.size()) * group.neuron_bytes;
  }
};

// Deals a group's neurons to num_cores cores so that all have about the same to
// do when every value is sent: the neuron with most synapses first, each to the
// core with the least so far (longest processing time first; Graham 1969).
// Each block takes the smaller of the sparse and the dense encoding.
//   num_cores  1..the group's neurons
// Thread: any. Realtime-safe: no.
std::vector<CorePart> PartitionGroup(const NeuronGraph& graph, const Chip& chip,
                                     int group, int num_cores);

// What a limit says: the first one broken, and by how much; empty if none is.
std::string BrokenLimit(const NeuronGraph& graph, const Chip& chip, int group,
                        const CorePart& part);

// Words that the list of one message in a block takes.
int64_t WordsOfList(const Chip& chip, bool is_dense, int64_t num_synapses);

}  // namespace tacet

#endif  // TACET_MODEL_NEUROMORPHIC_PARTITION_H_
