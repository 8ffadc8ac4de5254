// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_NEUROMORPHIC_MAPPER_H_
#define TACET_MODEL_NEUROMORPHIC_MAPPER_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "model/neuromorphic/chip.h"
#include "model/neuromorphic/graph.h"
#include "model/neuromorphic/partition.h"

namespace tacet {

// kCompact takes as few cores as the limits allow. kBalanced then adds cores
// where they shorten the slowest core of a group most, for as long as there
// are any and it is worth it.
enum class CorePlacement { kCompact, kBalanced };

struct MappedCore {
  int group = 0;
  CorePart part;
  int column = 0, row = 0;  // of its router
};

// Which core holds which neuron.
struct Mapping {
  std::vector<MappedCore> cores;  // by group, in the order of the groups
  std::vector<int> first_core;    // [groups + 1]
  std::vector<std::vector<int>> core_of;  // [groups][neurons]

  int NumCores(int group) const {
    return first_core[group + 1] - first_core[group];
  }
  int num_cores() const { return static_cast<int>(cores.size()); }
};

// Maps a network to a chip. Cores fill the routers in the order of the groups,
// rows in alternating direction, so that groups that talk are near.
// Errors: ResourceExhausted where it does not fit: the group or the chip, the
// limit, and by how much.
// Thread: any. Realtime-safe: no.
absl::StatusOr<Mapping> MapNetwork(const NeuronGraph& graph, const Chip& chip,
                                   CorePlacement placement);

}  // namespace tacet

#endif  // TACET_MODEL_NEUROMORPHIC_MAPPER_H_
