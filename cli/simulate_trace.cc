// SPDX-License-Identifier: Apache-2.0
#include "cli/simulate_trace.h"

#include <utility>

#include "absl/strings/str_format.h"

namespace tacet {
namespace {

constexpr size_t kBufferBytes = 1 << 16;
constexpr int kStepLine = 0;  // a group's is 1 + its index

}  // namespace

absl::StatusOr<std::unique_ptr<SimulationTrace>> SimulationTrace::Create(
    const std::string& path, bool force) {
  auto file = OutputFile::Create(path, force);
  if (!file.ok()) return file.status();
  return std::unique_ptr<SimulationTrace>(
      new SimulationTrace(*std::move(file)));
}

SimulationTrace::SimulationTrace(std::unique_ptr<OutputFile> file)
    : file_(std::move(file)) {
  buffer_ = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n";
}

void SimulationTrace::OnSlices(std::span<const StageSlice> slices,
                               const TokenCounts& counts) noexcept {
  if (++num_tokens_ > kMaxTokens || slices.empty()) return;
  double step_start_ns = -1;
  for (const StageSlice& slice : slices) {
    absl::StrAppendFormat(
        &buffer_,
        "{\"ph\":\"X\",\"pid\":1,\"tid\":%d,\"ts\":%.4f,\"dur\":%.4f,"
        "\"name\":\"token %d\",\"args\":{\"core\":%d}},\n",
        1 + slice.group, 1e-3 * slice.start_ns, 1e-3 * slice.busy_ns,
        slice.token, slice.core);
    if (slice.start_ns == step_start_ns) continue;  // pipelined: one step
    step_start_ns = slice.start_ns;
    absl::StrAppendFormat(
        &buffer_,
        "{\"ph\":\"X\",\"pid\":1,\"tid\":%d,\"ts\":%.4f,\"dur\":%.4f,"
        "\"name\":\"%s\",\"args\":{\"core\":%d}},\n",
        kStepLine, 1e-3 * slice.start_ns, 1e-3 * slice.step_ns,
        LimitName(slice.bound.limit), slice.bound.core);
  }
  uint64_t synapses = 0, messages = 0;
  for (const CoreCounts& core : counts.cores) {
    synapses += core.num_synapses;
    messages += core.num_sent;
  }
  absl::StrAppendFormat(&buffer_,
                        "{\"ph\":\"C\",\"pid\":1,\"ts\":%.4f,\"name\":"
                        "\"a token\",\"args\":{\"synapses\":%d,\"messages\":"
                        "%d}},\n",
                        1e-3 * slices.front().start_ns, synapses, messages);
  if (buffer_.size() >= kBufferBytes) Flush();
}

void SimulationTrace::Flush() {
  // The first failure sticks in the file and is told at the end.
  file_->Write(buffer_.data(), buffer_.size()).IgnoreError();
  buffer_.clear();
}

absl::Status SimulationTrace::Finish(const NeuronGraph& graph) {
  const auto name = [this](int line, const std::string& text) {
    absl::StrAppendFormat(
        &buffer_,
        "{\"ph\":\"M\",\"pid\":1,\"tid\":%d,\"name\":\"thread_name\","
        "\"args\":{\"name\":\"%s\"}},\n",
        line, text);
  };
  name(kStepLine, "step, by what limits it");
  for (size_t g = 0; g < graph.groups.size(); ++g) {
    name(1 + static_cast<int>(g), graph.groups[g].name);
  }
  buffer_ +=
      "{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\","
      "\"args\":{\"name\":\"chip\"}}\n]}\n";
  Flush();
  if (!file_->status().ok()) return file_->status();
  return file_->Commit();
}

}  // namespace tacet
