// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_NEUROMORPHIC_METER_H_
#define TACET_MODEL_NEUROMORPHIC_METER_H_

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/neuromorphic/cost_model.h"
#include "model/neuromorphic/distribution.h"
#include "model/neuromorphic/estimator.h"
#include "model/neuromorphic/timeline.h"

namespace tacet {

// Told of the slices of each step, e.g. to draw them.
class SliceObserver {
 public:
  virtual ~SliceObserver() = default;
  virtual void OnSlices(std::span<const StageSlice> slices,
                        const TokenCounts& counts) noexcept = 0;
};

// One quantity in the three scenarios.
using Spread = std::array<Distribution, kNumScenarios>;

// Sums up what all tokens of a run cost, in constant memory.
// Thread: that of the estimator. Realtime-safe: OnToken, if the observer is.
class SimulationMeter final : public TokenObserver {
 public:
  // slices may be null, and outlives this.
  SimulationMeter(std::shared_ptr<const MappedNetwork> network,
                  ExecutionMode mode, SliceObserver* slices);

  void OnToken(const TokenCounts& counts) noexcept TACET_REALTIME override;
  // Lets the pipeline run empty. Call once, after the last token.
  void Finish() noexcept;

  // What a core did, over all tokens.
  struct CoreTotal {
    uint64_t num_synapses = 0, num_reads = 0, num_received = 0, num_sent = 0;
    uint64_t num_spiking = 0, num_neurons = 0;
    double busy_ns = 0;        // at kValue
    uint64_t num_slowest = 0;  // steps that waited for it
  };

  ExecutionMode mode() const { return mode_; }
  const MappedNetwork& network() const { return model_->network(); }
  const CostModel& model() const { return *model_; }
  int64_t num_tokens() const { return num_tokens_; }
  const Spread& latency_ns() const { return latency_ns_; }
  const Spread& period_ns() const { return period_ns_; }
  const Spread& energy_pj() const { return energy_pj_; }
  const Spread& dynamic_pj() const { return dynamic_pj_; }
  const std::vector<CoreTotal>& cores() const { return cores_; }
  // Values sent that are not 0, by source: first the features.  [1 + groups]
  const std::vector<uint64_t>& values() const { return values_; }
  // Messages over each link.  [num_links]
  const std::vector<uint64_t>& links() const { return links_; }
  // Steps that each limit decided, and all steps' time at kValue.
  const std::array<uint64_t, kNumLimits>& limits() const { return limits_; }
  uint64_t num_steps() const { return num_steps_; }
  double steps_ns() const { return steps_ns_; }

 private:
  void Record(const TokenCost& cost) noexcept TACET_REALTIME;
  void RecordSteps() noexcept TACET_REALTIME;

  std::shared_ptr<const CostModel> model_;
  ExecutionMode mode_;
  Timeline timeline_;
  SliceObserver* slices_;
  int64_t num_tokens_ = 0;
  Spread latency_ns_, period_ns_, energy_pj_, dynamic_pj_;
  std::vector<CoreTotal> cores_;
  std::vector<uint64_t> values_;
  std::vector<uint64_t> links_;
  std::array<uint64_t, kNumLimits> limits_ = {};
  uint64_t num_steps_ = 0;
  double steps_ns_ = 0;
};

}  // namespace tacet

#endif  // TACET_MODEL_NEUROMORPHIC_METER_H_
