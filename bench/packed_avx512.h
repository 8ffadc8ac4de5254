// SPDX-License-Identifier: Apache-2.0
// Two more ways to leave zeros out of W8A16 products, to compare with those of
// model/kernels/: what is measured and not kept.
#ifndef TACET_BENCH_PACKED_AVX512_H_
#define TACET_BENCH_PACKED_AVX512_H_

#include <cstdint>
#include <span>
#include <vector>

namespace tacet {

// acc += W x over the panels of DenseBytes (bench/dense_avx512.h), whose 64
// weights of 16 rows and 4 columns are kept as a bitmap of those that are not 0
// and their values, spread again by vpexpandb (AVX512_VBMI2).
//   num_rows a multiple of 64, num_columns of 4
class BitmapBytes {
 public:
  BitmapBytes(std::span<const int8_t> weights, int num_rows, int num_columns);
  void MultiplyAdd(std::span<const int16_t> x, std::span<int32_t> acc);

 private:
  int num_rows_, num_columns_;
  std::vector<uint64_t> bitmaps_;    // [rows/64][columns/4][4]
  std::vector<int8_t> values_;       // and 64 to read beyond
  std::vector<int32_t> correction_;  // [rows], for the upper bytes' 128
  std::vector<uint8_t> low_, high_;  // [columns]
};

// acc += W x of small blocks: of each row those groups of four adjacent columns
// that are not all 0. 16 rows at a time, a step takes the next group of each
// row and looks its x up as 32 bits among 128 columns (vpermi2d).
//   num_rows a multiple of 16, num_columns of 4
class BlockBytes {
 public:
  BlockBytes(std::span<const int8_t> weights, int num_rows, int num_columns);
  void MultiplyAdd(std::span<const int16_t> x, std::span<int32_t> acc);

  // Of the stored values, those that are not 0: 0..1.
  double efficiency() const;

 private:
  struct alignas(64) Step {
    int8_t weights[16][4] = {};
    uint8_t groups[16] = {};
  };

  int num_rows_, num_columns_;
  std::vector<int> num_steps_;       // [rows/16][columns/128]
  std::vector<Step> steps_;          // [sum of num_steps_]
  std::vector<int32_t> correction_;  // [rows]
  std::vector<uint8_t> low_, high_;  // [columns, filled to whole 128]
};

}  // namespace tacet

#endif  // TACET_BENCH_PACKED_AVX512_H_
