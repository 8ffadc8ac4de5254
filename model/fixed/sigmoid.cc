// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/sigmoid.h"

#include <cmath>

namespace tacet {

FixedSigmoid::FixedSigmoid() {
  for (int i = 0; i < kNumEntries; ++i) {
    const double value = 32768.0 / (1.0 + std::exp(-i / 32.0));
    table_[i] = static_cast<uint16_t>(std::floor(value + 0.5));
  }
  for (int i = 0; i + 1 < kNumEntries; ++i) {
    steps_[i] = table_[i] + ((table_[i + 1] - table_[i]) << 16);
  }
}

}  // namespace tacet
