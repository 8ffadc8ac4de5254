// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_SIMULATE_REPORT_H_
#define TACET_CLI_SIMULATE_REPORT_H_

#include <string>

#include "cli/simulate_run.h"

namespace tacet {

// What `tacet simulate` prints: latency, throughput and energy as ranges, cores
// and memory, zeros among the activations, and what the steps wait for.
std::string SimulationText(const Simulation& run);

// The same and more for programs, one JSON object. Ranges are
// [low, value, high].
std::string SimulationJson(const Simulation& run);

}  // namespace tacet

#endif  // TACET_CLI_SIMULATE_REPORT_H_
