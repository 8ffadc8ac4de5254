// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_NEUROMORPHIC_EVENT_MATRIX_H_
#define TACET_MODEL_NEUROMORPHIC_EVENT_MATRIX_H_

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/fixed/matrix.h"

namespace tacet {

// The synapses of a matrix by the value that sets them off: compressed sparse
// columns of the same weights.
class EventMatrix {
 public:
  explicit EventMatrix(const FixedMatrix& matrix)
      : starts_(matrix.num_columns + 1), synapses_(matrix.values.size()) {
    for (const uint16_t column : matrix.columns) ++starts_[column + 1];
    for (int c = 0; c < matrix.num_columns; ++c) starts_[c + 1] += starts_[c];
    std::vector<uint32_t> next(starts_.begin(), starts_.end() - 1);
    for (int r = 0; r < matrix.num_rows; ++r) {
      for (uint32_t i = matrix.rows[r]; i < matrix.rows[r + 1]; ++i) {
        synapses_[next[matrix.columns[i]]++] = {static_cast<uint16_t>(r),
                                                matrix.values[i]};
      }
    }
  }

  // acc[r] += w[r,c]·x[c] for each c in turn whose x[c] is not 0: a zero sends
  // no message. The loader has proved that no partial sum leaves 32 bits,
  // whatever the order.
  // Realtime-safe: yes.
  void Deliver(std::span<const int16_t> x,
               std::span<int32_t> acc) const noexcept TACET_REALTIME {
    assert(x.size() + 1 == starts_.size());
    for (size_t c = 0; c < x.size(); ++c) {
      const int32_t value = x[c];
      if (value == 0) continue;
      for (uint32_t i = starts_[c]; i < starts_[c + 1]; ++i) {
        acc[synapses_[i].row] += synapses_[i].weight * value;
      }
    }
  }

 private:
  struct Synapse {
    uint16_t row;
    int16_t weight;
  };
  std::vector<uint32_t> starts_;  // [columns + 1]
  std::vector<Synapse> synapses_;
};

}  // namespace tacet

#endif  // TACET_MODEL_NEUROMORPHIC_EVENT_MATRIX_H_
