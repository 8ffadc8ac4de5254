// SPDX-License-Identifier: Apache-2.0
#include "dsp/hop_buffer.h"

#include <algorithm>
#include <cassert>

namespace tacet {

HopBuffer::HopBuffer(int hop_size) : input_(hop_size), output_(hop_size) {
  assert(hop_size >= 1);
}

bool HopBuffer::Exchange(std::span<const float> in,
                         std::span<float> out) noexcept {
  assert(in.size() == out.size());
  assert(!in.empty() && static_cast<int>(in.size()) <= room());
  // The input is saved before out, which may be the same buffer, is written.
  std::copy(in.begin(), in.end(), input_.begin() + position_);
  std::copy_n(output_.begin() + position_, out.size(), out.begin());
  position_ += static_cast<int>(in.size());
  if (position_ < size()) return false;
  position_ = 0;
  return true;
}

void HopBuffer::Reset() noexcept {
  std::fill(input_.begin(), input_.end(), 0.0f);
  std::fill(output_.begin(), output_.end(), 0.0f);
  position_ = 0;
}

}  // namespace tacet
