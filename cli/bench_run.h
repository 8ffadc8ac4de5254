// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_BENCH_RUN_H_
#define TACET_CLI_BENCH_RUN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/activation_probe.h"
#include "cli/backend.h"

namespace tacet {

struct BenchSettings {
  static constexpr int kMaxSeconds = 3600;
  static constexpr int kMaxStreams = 4096;

  std::string input;  // an audio file, mixed down; empty: the built-in sample
  std::string model;  // as DenoiseOptions::model
  Backend backend = Backend::kAuto;
  bool in_blocks = false;  // as `tacet denoise` with files
  std::string kernels;     // empty: the fastest that this CPU has
  int rate_hz = 16000;     // of the stream, and thereby of the engine
  double seconds = 60;     // of audio to process; the input is repeated
  int num_streams = 1;     // in turn on one thread, sharing the weights
};

// Times of one stage, one value a hop.
struct BenchStage {
  std::string name;
  std::vector<int64_t> sorted_ns;

  // The duration that a share q of the hops does not exceed.  q  0..1
  int64_t QuantileNs(double q) const;
  double MeanNs() const;
};

struct BenchResult {
  BenchSettings settings;
  std::string model_name;
  std::string kernels;
  std::string cpu;  // its model name, as the system tells it
  double hop_s = 0;
  int64_t num_hops = 0;  // of all streams
  double cpu_s = 0;      // of this process, without the stages' clock
  double wall_s = 0;
  double stolen_s = 0;  // taken by the machine below, over all CPUs
  int64_t num_preempted = 0;
  double instructions = 0;  // a hop, in user space; 0: not counted here
  int64_t weight_bytes = 0;
  int64_t arena_bytes = 0;             // of MaskEstimator; 0: in no one block
  int64_t l1_bytes = 0, l2_bytes = 0;  // 0: the system does not tell
  int64_t bytes_per_stream = 0;        // resident memory that a stream adds
  int64_t peak_bytes = 0;              // of the process
  double input_dbfs = 0;               // mean power of the input
  ActivationCounts activations;
  std::vector<BenchStage> stages;  // the last is a whole hop
  // A loop of additions as long as the median hop, as often: what its slowest
  // take longer is what the machine takes.
  BenchStage no_work;

  double CpuPerHopNs() const {
    return 1e9 * cpu_s / static_cast<double>(num_hops);
  }
  // Processor time over the time that the audio lasts.
  double RealTimeFactor() const {
    return cpu_s / (hop_s * static_cast<double>(num_hops));
  }
};

// Processes the input hop by hop, as a live stream: once for the processor
// time, once with a clock around each stage, once for the activations; then
// nothing, for the machine's own disturbance.
// Errors: those of the input, the model and the stream.
absl::StatusOr<BenchResult> RunBench(const BenchSettings& settings);

}  // namespace tacet

#endif  // TACET_CLI_BENCH_RUN_H_
