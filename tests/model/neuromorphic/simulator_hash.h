// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_TESTS_MODEL_NEUROMORPHIC_SIMULATOR_HASH_H_
#define TACET_TESTS_MODEL_NEUROMORPHIC_SIMULATOR_HASH_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/neuromorphic/executor.h"
#include "tests/model/fixed/stage_hash.h"

namespace tacet {

// StageHasher's twin: hashes what the neurons of the simulated chip hold and
// send, under the names of the same stages.
class SimulatorHasher {
 public:
  explicit SimulatorHasher(std::shared_ptr<const MappedNetwork> network)
      : weights_(*network->graph.weights),
        executor_(network),
        counts_(network->MakeCounts()),
        state_(weights_),
        outputs_(weights_.decoder.bias.size()) {}

  void Step(std::span<const int16_t> features) {
    executor_.Step(features, state_, outputs_, &counts_);
    hashes_["encoder"].AddAll(executor_.values(NeuronGraph::XGroup(0)));
    const size_t num_states = weights_.num_states;
    for (int i = 0; i < static_cast<int>(weights_.layers.size()); ++i) {
      const std::string layer = "layers." + std::to_string(i) + ".";
      const auto r = executor_.values(NeuronGraph::StateGroup(i));
      hashes_[layer + "state_re"].AddAll(state_.layers()[i].re);
      hashes_[layer + "state_im"].AddAll(state_.layers()[i].im);
      hashes_[layer + "r_re"].AddAll(r.first(num_states));
      hashes_[layer + "r_im"].AddAll(r.subspan(num_states));
      hashes_[layer + "y"].AddAll(executor_.values(NeuronGraph::YGroup(i)));
      hashes_[layer + "gate"].AddAll(executor_.gate(i));
      hashes_[layer + "x"].AddAll(executor_.values(NeuronGraph::GateGroup(i)));
    }
    HashOutputs(weights_, ScalarFixedKernels(), sigmoid_, outputs_, &hashes_);
  }

  const StageHashes& hashes() const { return hashes_; }

 private:
  const FixedWeights& weights_;
  NeuromorphicExecutor executor_;
  TokenCounts counts_;
  FixedSigmoid sigmoid_;
  FixedState state_;
  std::vector<int16_t> outputs_;
  StageHashes hashes_;
};

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_NEUROMORPHIC_SIMULATOR_HASH_H_
