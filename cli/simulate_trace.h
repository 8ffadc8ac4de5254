// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_SIMULATE_TRACE_H_
#define TACET_CLI_SIMULATE_TRACE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/output_file.h"
#include "model/neuromorphic/meter.h"

namespace tacet {

// Writes what happens on the chip as a trace in the Trace Event Format, which
// chrome://tracing and ui.perfetto.dev show: one line a group with the work of
// its slowest core, one for the step that all wait for, and the operations of a
// token as counters. Time is the chip's.
class SimulationTrace final : public SliceObserver {
 public:
  // A longer run is not written further, so that no trace grows without bound.
  static constexpr int64_t kMaxTokens = 10000;

  static absl::StatusOr<std::unique_ptr<SimulationTrace>> Create(
      const std::string& path, bool force);

  void OnSlices(std::span<const StageSlice> slices,
                const TokenCounts& counts) noexcept override;
  // Names the lines and ends the file.
  absl::Status Finish(const NeuronGraph& graph);

  bool is_cut() const { return num_tokens_ > kMaxTokens; }

 private:
  explicit SimulationTrace(std::unique_ptr<OutputFile> file);
  void Flush();

  std::unique_ptr<OutputFile> file_;
  std::string buffer_;
  int64_t num_tokens_ = 0;
};

}  // namespace tacet

#endif  // TACET_CLI_SIMULATE_TRACE_H_
