// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_SIMULATE_PICTURE_H_
#define TACET_CLI_SIMULATE_PICTURE_H_

#include <memory>

#include "absl/status/status.h"
#include "cli/output_file.h"
#include "cli/simulate_run.h"

namespace tacet {

// Draws the chip from above: its cores, coloured by the time that they work,
// with their groups, and the links of the mesh, as wide as they are loaded.
// Errors: those of OutputFile; Internal where Cairo fails.
absl::Status DrawChip(const Simulation& run, std::unique_ptr<OutputFile> file);

}  // namespace tacet

#endif  // TACET_CLI_SIMULATE_PICTURE_H_
