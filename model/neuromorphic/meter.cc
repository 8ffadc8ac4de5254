// SPDX-License-Identifier: Apache-2.0
#include "model/neuromorphic/meter.h"

#include <algorithm>
#include <utility>

namespace tacet {

SimulationMeter::SimulationMeter(std::shared_ptr<const MappedNetwork> network,
                                 ExecutionMode mode, SliceObserver* slices)
    : model_(std::make_shared<const CostModel>(std::move(network))),
      mode_(mode),
      timeline_(model_, mode),
      slices_(slices),
      cores_(model_->network().mapping.num_cores()),
      values_(model_->network().graph.groups.size() + 1),
      links_(model_->network().num_links) {}

void SimulationMeter::OnToken(const TokenCounts& counts) noexcept
    TACET_REALTIME {
  ++num_tokens_;
  for (size_t c = 0; c < cores_.size(); ++c) {
    const CoreCounts& n = counts.cores[c];
    cores_[c].num_synapses += n.num_synapses;
    cores_[c].num_reads += n.num_reads;
    cores_[c].num_received += n.num_received;
    cores_[c].num_sent += n.num_sent;
    cores_[c].num_spiking += n.num_spiking;
    cores_[c].num_neurons += n.num_neurons;
    cores_[c].busy_ns += model_->CoreTime(n).ns[kValue];
  }
  for (size_t i = 0; i < values_.size(); ++i) values_[i] += counts.values[i];
  for (size_t g = 0; g + 1 < values_.size(); ++g) {
    const std::span<const uint32_t> links = counts.Links(static_cast<int>(g));
    for (size_t i = 0; i < links.size(); ++i) links_[i] += links[i];
  }
  TokenCost cost;
  if (timeline_.Add(counts, &cost)) Record(cost);
  RecordSteps();
  if (slices_ != nullptr) slices_->OnSlices(timeline_.slices(), counts);
}

void SimulationMeter::Finish() noexcept {
  TokenCost cost;
  while (timeline_.Drain(&cost)) Record(cost);
}

void SimulationMeter::Record(const TokenCost& cost) noexcept TACET_REALTIME {
  for (int s = 0; s < kNumScenarios; ++s) {
    latency_ns_[s].Add(cost.latency_ns[s]);
    period_ns_[s].Add(cost.period_ns[s]);
    energy_pj_[s].Add(cost.energy_pj[s]);
    dynamic_pj_[s].Add(cost.dynamic_pj[s]);
  }
}

void SimulationMeter::RecordSteps() noexcept TACET_REALTIME {
  // All slices of a pipelined step share its bound.
  size_t num_steps = timeline_.slices().size();
  if (mode_ == ExecutionMode::kPipelined) {
    num_steps = std::min<size_t>(num_steps, 1);
  }
  for (const StageSlice& slice : timeline_.slices().first(num_steps)) {
    ++num_steps_;
    steps_ns_ += slice.step_ns;
    ++limits_[static_cast<int>(slice.bound.limit)];
    if (slice.bound.core >= 0) ++cores_[slice.bound.core].num_slowest;
  }
}

}  // namespace tacet
