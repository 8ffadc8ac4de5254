// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_BENCH_DENSE_AVX2_H_
#define TACET_BENCH_DENSE_AVX2_H_

#include <cstdint>
#include <span>
#include <vector>

namespace tacet {

// As DenseBytes (bench/dense_avx512.h), with AVX2: panels of 64 rows whose sums
// stay in registers, each weight read once. There is no multiply-add of bytes
// that takes all weights, so they are widened to 16 bits.
class DenseBytesAvx2 {
 public:
  //   weights  row by row; num_rows a multiple of 64, num_columns of 2
  DenseBytesAvx2(std::span<const int8_t> weights, int num_rows,
                 int num_columns);
  // acc += W x
  void MultiplyAdd(std::span<const int16_t> x, std::span<int32_t> acc) const;

 private:
  int num_rows_, num_columns_;
  std::vector<int8_t> weights_;
};

}  // namespace tacet

#endif  // TACET_BENCH_DENSE_AVX2_H_
