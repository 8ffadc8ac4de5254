// SPDX-License-Identifier: Apache-2.0
// Dense products tuned as the sparse ones are, to compare with.
#ifndef TACET_BENCH_DENSE_AVX512_H_
#define TACET_BENCH_DENSE_AVX512_H_

#include <cstdint>
#include <span>
#include <vector>

#include "model/block/aligned_array.h"

namespace tacet {

// acc += W x of 8-bit weights and 16-bit x: 64 weights a load, two
// multiply-adds of bytes (vpdpbusd) for the two bytes of x, four columns
// broadcast at a time, 64 rows in registers.
//   num_rows a multiple of 64, num_columns of 4
class DenseBytes {
 public:
  DenseBytes(std::span<const int8_t> weights, int num_rows, int num_columns);
  void MultiplyAdd(std::span<const int16_t> x, std::span<int32_t> acc);

 private:
  int num_rows_, num_columns_;
  AlignedArray<int8_t> weights_;     // [rows/64][columns/4][4][16][4]
  std::vector<int32_t> correction_;  // [rows], for the upper bytes' 128
  std::vector<uint8_t> low_, high_;  // [columns]
};

// y += W x of floats: a column's 64 rows at a time (vfmadd).
//   num_rows a multiple of 64
class DenseFloats {
 public:
  DenseFloats(std::span<const float> weights, int num_rows, int num_columns);
  void MultiplyAdd(std::span<const float> x, std::span<float> y) const;

 private:
  int num_rows_, num_columns_;
  AlignedArray<float> weights_;  // [rows/64][columns][64]
};

}  // namespace tacet

#endif  // TACET_BENCH_DENSE_AVX512_H_
