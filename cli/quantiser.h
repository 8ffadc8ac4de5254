// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_QUANTISER_H_
#define TACET_CLI_QUANTISER_H_

#include <cstdint>
#include <span>

namespace tacet {

// Rounds samples to integers of `bits` bits, left-justified in 32:
// y = clip(floor(x·2^(bits−1) + d + 1/2)) · 2^(32−bits)
// with d the difference of two uniform variates (triangular, ±1 step) up to 16
// bits and 0 above, where the float sample itself is no finer.
// Source: Lipshitz, Wannamaker & Vanderkooy 1992, "Quantization and dither".
// State: the random sequence, from a fixed seed, so that a file always gives
// the same output; the count of clipped samples. Thread: one.
class Quantiser {
 public:
  explicit Quantiser(int bits);

  // x and y have the same size. A sample that is not finite gives 0.
  void Quantise(std::span<const float> x, std::span<int32_t> y);

  // Samples that lay outside the range before dither was added.
  int64_t num_clipped() const { return num_clipped_; }

 private:
  double NextUniform();  // [0, 1)

  const int bits_;
  uint64_t random_ = 0x9e3779b97f4a7c15u;  // any number but 0
  int64_t num_clipped_ = 0;
};

}  // namespace tacet

#endif  // TACET_CLI_QUANTISER_H_
