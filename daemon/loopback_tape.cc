// SPDX-License-Identifier: Apache-2.0
#include "daemon/loopback_tape.h"

#include <algorithm>

namespace tacet {

LoopbackTape::LoopbackTape(int rate_hz, double seconds)
    : rate_hz_(rate_hz),
      samples_(static_cast<size_t>(rate_hz * seconds)),
      blocks_(samples_.size() / kMinBlock + 1) {}

void LoopbackTape::Append(std::span<const float> samples,
                          int64_t end_ns) noexcept {
  const size_t num_blocks = num_blocks_.load(std::memory_order_relaxed);
  const size_t begin = num_blocks == 0 ? 0 : blocks_[num_blocks - 1].end;
  if (samples.empty() || num_blocks == blocks_.size() ||
      samples.size() > samples_.size() - begin) {
    return;
  }
  std::copy(samples.begin(), samples.end(), samples_.begin() + begin);
  blocks_[num_blocks] = {begin + samples.size(), end_ns};
  num_blocks_.store(num_blocks + 1, std::memory_order_release);
}

std::span<const float> LoopbackTape::samples() const {
  const size_t num_blocks = num_blocks_.load(std::memory_order_acquire);
  return std::span(samples_).first(
      num_blocks == 0 ? 0 : blocks_[num_blocks - 1].end);
}

int64_t LoopbackTape::TimeNs(size_t frame) const {
  const auto begin = blocks_.begin();
  const auto block = std::partition_point(
      begin, begin + num_blocks_.load(std::memory_order_acquire),
      [frame](const Block& b) { return b.end <= frame; });
  return block->end_ns -
         static_cast<int64_t>(block->end - frame) * 1'000'000'000 / rate_hz_;
}

size_t LoopbackTape::FrameAt(int64_t ns) const {
  const auto begin = blocks_.begin();
  const auto end = begin + num_blocks_.load(std::memory_order_acquire);
  const auto block = std::partition_point(
      begin, end, [ns](const Block& b) { return b.end_ns < ns; });
  if (block == end) return samples().size();
  const size_t first = block == begin ? 0 : (block - 1)->end;
  const int64_t before =
      (block->end_ns - ns) * rate_hz_ / 1'000'000'000;  // block's end
  return std::max(first, block->end - std::min<size_t>(before, block->end));
}

}  // namespace tacet
