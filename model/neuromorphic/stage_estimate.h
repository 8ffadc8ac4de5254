// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_NEUROMORPHIC_STAGE_ESTIMATE_H_
#define TACET_MODEL_NEUROMORPHIC_STAGE_ESTIMATE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "model/neuromorphic/chip.h"
#include "model/neuromorphic/graph.h"
#include "model/neuromorphic/mesh.h"
#include "model/neuromorphic/partition.h"

namespace tacet {

// Cores fill the routers in their order, in rows of alternating direction.
Router RouterOfCore(const Chip& chip, int core);

// Destination cores of a value of a group, about: all cores of the target for a
// matrix, one for a one-to-one connection.
//   num_cores  [groups]
double MessagesOfValue(const NeuronGraph& graph, int group,
                       std::span<const int> num_cores);

// What a stage of a mapping will take, as far as it can be told without running
// the network: the terms of cost_model.h on mean counts. All features and
// outputs are reckoned to be sent, and kShareSent of the other values.
class StageEstimate {
 public:
  // Of a group's values, those that are not 0. Tuned on base and large, whose
  // groups send 0.17 to 0.74 of theirs, 0.4 on average.
  static constexpr double kShareSent = 0.4;

  // Both must outlive it.
  StageEstimate(const NeuronGraph& graph, const Chip& chip)
      : graph_(graph), chip_(chip), mesh_(chip.columns(), chip.rows()) {}

  // Nanoseconds of a group's step on its parts.
  //   num_cores  [groups]
  // Thread: any. Realtime-safe: no.
  double Nanoseconds(int group, std::span<const int> num_cores,
                     std::span<const CorePart> parts) const;

 private:
  double ShareSent(int source) const;
  double LinkTime(int group, std::span<const int> num_cores) const;

  const NeuronGraph& graph_;
  const Chip& chip_;
  Mesh mesh_;
};

}  // namespace tacet

#endif  // TACET_MODEL_NEUROMORPHIC_STAGE_ESTIMATE_H_
