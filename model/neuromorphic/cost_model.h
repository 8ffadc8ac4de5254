// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_NEUROMORPHIC_COST_MODEL_H_
#define TACET_MODEL_NEUROMORPHIC_COST_MODEL_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dsp/realtime.h"
#include "model/neuromorphic/chip.h"
#include "model/neuromorphic/counts.h"
#include "model/neuromorphic/executor.h"

namespace tacet {

// What bounds a step: the largest of the terms.
enum class Limit { kSynapses, kReads, kNeurons, kMessages, kLinks, kIdle };
inline constexpr int kNumLimits = 6;
const char* LimitName(Limit limit);

// The time of something, and what decides it at the scenario kValue.
struct Bound {
  Range ns = {};
  Limit limit = Limit::kIdle;
  int core = -1;  // the slowest; −1 where it is none
};

// The longer of two, scenario by scenario.
Bound Longer(const Bound& a, const Bound& b) noexcept TACET_REALTIME;

// Prices counts by a chip's constants:
//   core  max{synapses·t_syn, reads·t_read, neurons·t_neuron + spiking·t_spike,
//             max{sent·t_message, received·t_receive}}
//   step  max over cores and links + barrier
// The scenario kHigh takes the sum of a core's terms instead of the largest,
// because no document says that they overlap.
//   Source: the lower-bound model of Pierro, Timcheck and Shrestha (arXiv
//   2601.10035); its coefficients are not public, those here are the chip's.
// Thread: any. Realtime-safe: all but the constructor.
class CostModel {
 public:
  explicit CostModel(std::shared_ptr<const MappedNetwork> network);

  // The core's terms for one token.
  Bound CoreTime(const CoreCounts& counts) const noexcept TACET_REALTIME;
  // The slowest core of a group.
  Bound GroupTime(const TokenCounts& counts,
                  int group) const noexcept TACET_REALTIME;
  // The link with the heaviest load.  load  [num_links]
  Bound LinkTime(std::span<const uint32_t> load) const noexcept TACET_REALTIME;
  // The slowest core outside the group, whose neurons find nothing to do.
  Bound IdleTime(int group) const noexcept TACET_REALTIME {
    return idle_time_[group];
  }

  // Energies in picojoules. Of what one token sets off:
  Range TokenEnergy(const TokenCounts& counts) const noexcept TACET_REALTIME;
  // of the neurons outside the group, for one step:
  Range IdleEnergy(int group) const noexcept TACET_REALTIME;
  // of the chip being on. 1 mW is 1 pJ a nanosecond.
  Range StaticEnergy(const Range& ns) const noexcept TACET_REALTIME;

  double barrier_ns(int scenario) const noexcept TACET_REALTIME {
    return chip_.barrier_ns[scenario];
  }
  const MappedNetwork& network() const { return *network_; }

 private:
  std::shared_ptr<const MappedNetwork> network_;
  const Chip& chip_;
  std::vector<Bound> idle_time_;       // [groups]
  std::vector<int64_t> idle_neurons_;  // [groups] all but the group's
};

}  // namespace tacet

#endif  // TACET_MODEL_NEUROMORPHIC_COST_MODEL_H_
