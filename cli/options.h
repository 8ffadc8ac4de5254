// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_OPTIONS_H_
#define TACET_CLI_OPTIONS_H_

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "cli/audio_reader.h"
#include "cli/backend.h"
#include "cli/bench_command.h"
#include "cli/daemon_command.h"
#include "cli/format.h"
#include "cli/manifest.h"
#include "cli/simulate_command.h"
#include "dsp/gain.h"
#include "model/denoiser.h"

namespace tacet {

struct DenoiseOptions {
  std::vector<std::string> paths;  // inputs; without output_dir IN and OUT
  std::string output_dir;          // empty: paths is IN OUT
  std::string manifest;            // more inputs; empty: none
  Shard shard;
  bool skip_existing = false;
  int num_threads = 1;
  std::string model;  // a file or the name of a built-in model; empty: default
  Backend backend = Backend::kAuto;
  bool fast = false;  // floats in blocks too
  Strength strength = kDefaultStrength;
  bool bypass = false;
  ChannelLink link = ChannelLink::kLinked;
  FormatRequest format;
  std::optional<RawInput> raw;
  bool force = false;
  bool quiet = false;
  std::string picture;
};

struct Options {
  enum class Command { kDenoise, kModelInfo, kBench, kSimulate, kDaemon };

  Command command = Command::kDenoise;
  DenoiseOptions denoise;
  std::string model_info_model;  // as DenoiseOptions::model
  BenchCommand bench;
  SimulateCommand simulate;
  DaemonCommand daemon;
};

// What ParseOptions ends with when there is nothing to run: the text was
// printed, and the process shall exit with this status.
struct ExitStatus {
  int status = 0;
};

// Parses the command line. Prints help and version to standard output, and a
// usage error to standard error.
//   exit  set where the result is empty: 0 after help or version, 2 after an
//         error
std::optional<Options> ParseOptions(int argc, const char* const* argv,
                                    ExitStatus* exit);

}  // namespace tacet

#endif  // TACET_CLI_OPTIONS_H_
