// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_BLOCK_PAIR_MATRIX_H_
#define TACET_MODEL_BLOCK_PAIR_MATRIX_H_

#include <cstdint>
#include <span>
#include <vector>

#include "model/fixed/matrix.h"

namespace tacet {

// A sparse matrix of bytes for products with many vectors at once: the entries
// of a row two by two, as instructions take them that multiply pairs of 16-bit
// integers and add (pmaddwd, vpdpwssd). A row of odd length ends with a weight
// of 0.
class PairMatrix {
 public:
  struct Pair {
    uint16_t columns[2];
    int16_t weights[2];
  };

  PairMatrix() = default;
  explicit PairMatrix(const FixedMatrix& m) : PairMatrix(m, nullptr, 0) {}
  // Two matrices of as many rows side by side: column c of b is c + offset.
  //   b  or null     m.num_columns <= offset, offset + b.num_columns <= 65536
  // Thread: any. Realtime-safe: no.
  PairMatrix(const FixedMatrix& a, const FixedMatrix* b, int offset);

  int num_rows() const { return static_cast<int>(starts_.size()) - 1; }
  // Realtime-safe: yes.
  std::span<const Pair> row(int r) const {
    return std::span(pairs_).subspan(starts_[r], starts_[r + 1] - starts_[r]);
  }

 private:
  std::vector<Pair> pairs_;
  std::vector<uint32_t> starts_ = {0};  // [num_rows + 1]
};

}  // namespace tacet

#endif  // TACET_MODEL_BLOCK_PAIR_MATRIX_H_
