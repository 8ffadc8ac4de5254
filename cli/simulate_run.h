// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_SIMULATE_RUN_H_
#define TACET_CLI_SIMULATE_RUN_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "model/neuromorphic/meter.h"

namespace tacet {

struct SimulateSettings {
  std::string input;  // an audio file, or - for standard input
  std::string model;  // a file or the name of a built-in model; empty: default
  std::string chip;   // a built-in set or a TOML file; empty: the default
  ExecutionMode mode = ExecutionMode::kFallThrough;
  CorePlacement placement = CorePlacement::kBalanced;
};

// What a run found out, and what it ran on.
struct Simulation {
  std::shared_ptr<const Model> model;
  std::unique_ptr<SimulationMeter> meter;
  double audio_s = 0;      // of the input
  double processor_s = 0;  // that simulating took here, with the front end
};

// Takes the whole input, all channels linked, through the network on the chip.
//   slices  may be null
// Errors: those of reading, of LoadChip and MapModel, in one line.
absl::StatusOr<Simulation> RunSimulation(const SimulateSettings& settings,
                                         SliceObserver* slices);

}  // namespace tacet

#endif  // TACET_CLI_SIMULATE_RUN_H_
