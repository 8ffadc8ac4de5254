// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_SIMULATE_SUMMARY_H_
#define TACET_CLI_SIMULATE_SUMMARY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "cli/simulate_run.h"

namespace tacet {

// The figures of a report, derived from what the meter counted. Ranges are
// low, value, high.
struct SimulationSummary {
  struct Quantiles {
    Range p50 = {}, p99 = {}, max = {}, mean = {};
  };
  struct Group {
    std::string name;
    int num_neurons = 0;
    int num_cores = 0;
    double sparsity = 0;  // share of the values that it did not send
    int64_t synapse_bytes = 0;
    int num_dense_blocks = 0;
    int num_blocks = 0;
  };
  struct Share {
    std::string name;
    double share = 0;
  };

  Quantiles latency_us, period_us;
  Quantiles energy_uj;      // with the static power over the period
  Quantiles dynamic_uj;     // without
  Range realtime_uj = {};   // mean, with the static power over the whole hop
  Range tokens_per_s = {};  // at the mean period
  Range margin = {};        // 8 ms over the p99 of latency; low is the worst
  std::vector<Group> groups;
  double feature_sparsity = 0;
  int64_t synapse_bytes = 0, neuron_bytes = 0, fullest_core_bytes = 0;
  // Of a token, means.
  double synapses = 0, messages = 0, hops = 0, spikes = 0, reads = 0;
  std::vector<Share> energy;  // dynamic, at the values
  std::vector<Share> limits;  // of the steps
  int slowest_core = -1;      // for which most steps waited
  double slowest_share = 0;   // of the steps
};

SimulationSummary Summarise(const Simulation& run);

}  // namespace tacet

#endif  // TACET_CLI_SIMULATE_SUMMARY_H_
