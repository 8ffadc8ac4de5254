// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_NEUROMORPHIC_EXECUTOR_H_
#define TACET_MODEL_NEUROMORPHIC_EXECUTOR_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/fixed/network.h"
#include "model/fixed/sigmoid.h"
#include "model/neuromorphic/chip.h"
#include "model/neuromorphic/counts.h"
#include "model/neuromorphic/event_matrix.h"
#include "model/neuromorphic/fan_out.h"
#include "model/neuromorphic/graph.h"
#include "model/neuromorphic/mapper.h"

namespace tacet {

// A network on a chip: what all executors of it share. Immutable.
struct MappedNetwork {
  // Errors: those of MapNetwork.
  //   weights  must outlive it
  static absl::StatusOr<std::shared_ptr<const MappedNetwork>> Create(
      const FixedWeights& weights, const Chip& chip, CorePlacement placement);

  TokenCounts MakeCounts() const {
    return TokenCounts(static_cast<int>(graph.groups.size()),
                       mapping.num_cores(), num_links);
  }

  Chip chip;
  NeuronGraph graph;
  Mapping mapping;
  std::vector<EventMatrix> matrices;      // those of the graph's connections
  std::vector<int> matrix_of_connection;  // −1: one to one
  size_t num_links;
};

// Runs the network as the chip does, by messages: each value that is not 0 sets
// off its synapses, then each neuron of the group runs its program. Bit-exact
// with StepFixedNetwork (model/fixed/network.h), for integer sums do not
// depend on the order of the messages.
class NeuromorphicExecutor {
 public:
  explicit NeuromorphicExecutor(std::shared_ptr<const MappedNetwork> network);

  // One token through all groups.
  //   features  [num_features]     outputs  [num_outputs]
  //   counts    of this token alone, from MakeCounts
  // Thread: one at a time. Realtime-safe: yes.
  void Step(std::span<const int16_t> features, FixedState& state,
            std::span<int16_t> outputs,
            TokenCounts* counts) noexcept TACET_REALTIME;

  // What a source sent of the last token, [NumValues(source)], and the sigmoids
  // in a layer's gate, [hidden].
  std::span<const int16_t> values(int source) const {
    return values_[source + 1];
  }
  std::span<const int16_t> gate(int layer) const { return gates_[layer]; }

 private:
  void Deliver(int target, int nth,
               std::span<int32_t> acc) noexcept TACET_REALTIME;
  void RunAffine(int group, const FixedAffine& w,
                 bool has_relu) noexcept TACET_REALTIME;
  void RunState(int group, const FixedS5Weights& w,
                FixedS5State& state) noexcept TACET_REALTIME;
  void RunY(int group, const FixedS5Weights& w) noexcept TACET_REALTIME;
  void RunGate(int group, const FixedS5Weights& w) noexcept TACET_REALTIME;
  void Count(int source, TokenCounts* counts) noexcept TACET_REALTIME;

  std::vector<int16_t>& Values(int source) { return values_[source + 1]; }

  std::shared_ptr<const MappedNetwork> network_;
  const FixedWeights& weights_;
  FixedSigmoid sigmoid_;
  // Connections with a matrix, by target, in the graph's order.
  std::vector<std::vector<int>> incoming_;
  std::vector<FanOut> fan_out_;               // [1 + groups]
  std::vector<std::vector<int16_t>> values_;  // [1 + groups] of this token
  std::vector<std::vector<int16_t>> gates_;   // [layers]
  std::vector<int32_t> acc_;
  FixedS5Scratch scratch_;
};

}  // namespace tacet

#endif  // TACET_MODEL_NEUROMORPHIC_EXECUTOR_H_
