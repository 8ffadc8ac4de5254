// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/fixed_elementwise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "model/fixed/arithmetic.h"
#include "model/fixed/s5_layer.h"
#include "model/kernels/fixed_kernels.h"
#include "tests/model/kernels/kernels_case.h"

namespace tacet {
namespace {

// Sizes that leave every possible remainder, and those of networks.
const std::vector<int> kSizes = {1,  2,  3,  5,  7,  8,   9,   15,  16,
                                 17, 31, 33, 63, 65, 128, 192, 257, 771};

class Numbers {
 public:
  explicit Numbers(uint32_t seed) : engine_(seed) {}

  // From −limit to limit, the ends and 0 often.
  int32_t Within(int32_t limit) {
    switch (engine_() % 8) {
      case 0:
        return limit;
      case 1:
        return -limit;
      case 2:
        return 0;
      default:
        return static_cast<int32_t>(
            static_cast<int64_t>(engine_() % (2ull * limit + 1)) - limit);
    }
  }
  template <typename T>
  std::vector<T> Vector(int size, int32_t limit) {
    std::vector<T> v(size);
    Fill(limit, v);
    return v;
  }
  template <typename Values>
  void Fill(int32_t limit, Values& v) {
    using T = typename Values::value_type;
    for (T& x : v) x = static_cast<T>(Within(limit));
  }
  std::vector<uint8_t> Shifts(int size, int most) {
    std::vector<uint8_t> v(size);
    for (uint8_t& s : v) s = static_cast<uint8_t>(engine_() % (most + 1));
    return v;
  }
  int UpTo(int most) { return static_cast<int>(engine_() % (most + 1)); }

 private:
  std::mt19937 engine_;
};

// Within what the loader lets pass.
struct Layer {
  Layer(int size, Numbers* numbers)
      : a_re(numbers->Vector<int16_t>(size, kMaxFactor)),
        a_im(numbers->Vector<int16_t>(size, kMaxFactor)),
        scale_re(numbers->Vector<int16_t>(size, kMaxFactor)),
        scale_im(numbers->Vector<int16_t>(size, kMaxFactor)),
        d(numbers->Vector<int16_t>(size, kMaxFactor)),
        bias(numbers->Vector<int32_t>(size, 1 << 29)) {
    w.max_state = (1 << (numbers->UpTo(1) == 1 ? 23 : 15)) - 1;
    w.a_re = a_re;
    w.a_im = a_im;
    w.scale_re = scale_re;
    w.scale_im = scale_im;
    w.v_shift = numbers->Shifts(size, kMaxShift64);
    w.r_shift = numbers->Shifts(size, kMaxShift32);
    w.d = d;
    w.d_shift = numbers->Shifts(size, kMaxShift32);
    w.y_bias = bias;
    w.x_left_shift = numbers->UpTo(31);
    w.out_shift = numbers->UpTo(kMaxShift64);
    SetStateFactors(&w);
  }
  std::vector<int16_t> a_re, a_im, scale_re, scale_im, d;
  std::vector<int32_t> bias;
  FixedS5Weights w;
};

class FixedElementwiseTest
    : public KernelsCase<FixedKernels, SupportedFixedKernels> {
 protected:
  const FixedKernels& scalar_ = ScalarFixedKernels();
};

TEST_P(FixedElementwiseTest, StatesAreThoseOfTheReference) {
  Numbers numbers(1);
  for (int round = 0; round < 20; ++round) {
    for (const int size : kSizes) {
      const Layer layer(size, &numbers);
      for (const StateActivation activation :
           {StateActivation::kReluParts, StateActivation::kGateRe}) {
        FixedS5State expected(size);
        numbers.Fill(layer.w.max_state, expected.re);
        numbers.Fill(layer.w.max_state, expected.im);
        FixedS5Scratch expected_scratch(1, size);
        // Largest accumulators too: with all factors at their ends.
        numbers.Fill(0x7fffffff, expected_scratch.acc_re);
        numbers.Fill(0x7fffffff, expected_scratch.acc_im);
        FixedS5State found = expected;
        FixedS5Scratch found_scratch = expected_scratch;
        scalar_.step_states(layer.w, activation, expected_scratch, expected);
        kernels_->step_states(layer.w, activation, found_scratch, found);
        ASSERT_EQ(found.re, expected.re);
        ASSERT_EQ(found.im, expected.im);
        ASSERT_EQ(found_scratch.r_re, expected_scratch.r_re);
        ASSERT_EQ(found_scratch.r_im, expected_scratch.r_im);
      }
    }
  }
}

TEST_P(FixedElementwiseTest, StartOfYIsThatOfTheReference) {
  Numbers numbers(2);
  for (const int size : kSizes) {
    const Layer layer(size, &numbers);
    const auto x = numbers.Vector<int16_t>(size, kMaxActivation);
    std::vector<int32_t> expected(size), found(size);
    scalar_.start_y(layer.w, x, expected);
    kernels_->start_y(layer.w, x, found);
    ASSERT_EQ(found, expected);
  }
}

TEST_P(FixedElementwiseTest, RoundsAsTheReference) {
  Numbers numbers(3);
  for (const int size : kSizes) {
    auto acc = numbers.Vector<int32_t>(size, 1 << 30);
    for (int i = 0; i < size; i += 3) acc[i] >>= 14;  // near the range's end
    const auto shift = numbers.Shifts(size, kMaxShift32);
    std::vector<int16_t> expected(size), found(size);
    scalar_.round(acc, shift, expected);
    kernels_->round(acc, shift, found);
    ASSERT_EQ(found, expected);
    scalar_.round_relu(acc, shift, expected);
    kernels_->round_relu(acc, shift, found);
    ASSERT_EQ(found, expected);
  }
}

TEST_P(FixedElementwiseTest, GatesAsTheReference) {
  Numbers numbers(4);
  const FixedSigmoid sigmoid;
  for (int round = 0; round < 20; ++round) {
    for (const int size : kSizes) {
      const Layer layer(size, &numbers);
      FixedS5Scratch expected(size, 1);
      numbers.Fill(kMaxActivation, expected.gate);
      numbers.Fill(kMaxActivation, expected.y);
      auto x = numbers.Vector<int16_t>(size, kMaxActivation);
      for (int16_t& v : expected.y) v = std::max<int16_t>(v, 0);
      for (int16_t& v : x) v = std::max<int16_t>(v, 0);
      FixedS5Scratch found = expected;
      std::vector<int16_t> expected_out(size), found_out = x;
      scalar_.add_gated(layer.w, sigmoid, x, expected, expected_out);
      kernels_->add_gated(layer.w, sigmoid, found_out, found, found_out);
      ASSERT_EQ(found.gate, expected.gate);
      ASSERT_EQ(found_out, expected_out);
    }
  }
}

TEST_P(FixedElementwiseTest, GatesAsTheReferenceWhere32BitsAreJustEnough) {
  constexpr int kSize = 67;
  Numbers numbers(7);
  const FixedSigmoid sigmoid;
  for (const int left : {14, 15, 16, 17, 18, 30, 31}) {
    for (const int shift : {0, 1, 2, 3, 15, 16, 17, 18, 30, 31}) {
      Layer layer(kSize, &numbers);
      layer.w.x_left_shift = left;
      layer.w.out_shift = shift;
      FixedS5Scratch expected(kSize, 1);
      std::ranges::fill(expected.gate, kMaxActivation);
      std::ranges::fill(expected.y, kMaxActivation);
      const std::vector<int16_t> x(kSize, kMaxActivation);
      FixedS5Scratch found = expected;
      std::vector<int16_t> expected_out(kSize), found_out(kSize);
      scalar_.add_gated(layer.w, sigmoid, x, expected, expected_out);
      kernels_->add_gated(layer.w, sigmoid, x, found, found_out);
      ASSERT_EQ(found_out, expected_out) << left << ", " << shift;
    }
  }
}

TEST_P(FixedElementwiseTest, QuantisesAsTheReference) {
  std::mt19937 engine(5);
  std::uniform_real_distribution<float> uniform(-3, 3);
  for (const int exponent : {-16, -3, 0, 1, 10, 12, 30}) {
    for (const int size : kSizes) {
      std::vector<float> f(size);
      for (float& v : f) v = uniform(engine);
      // Halves, limits and what lies far beyond them.
      const float unit = std::ldexp(1.0f, -exponent);
      const float edges[] = {0.5f * unit, -0.5f * unit, 1.5f * unit, 1e30f,
                             -1e30f,      32767 * unit, -0.0f,       1e-40f};
      for (int i = 0; i < size && i < 8; ++i) f[i] = edges[i];
      std::vector<int16_t> expected(size), found(size);
      scalar_.quantise(f, exponent, expected);
      kernels_->quantise(f, exponent, found);
      ASSERT_EQ(found, expected) << exponent;
    }
  }
}

TEST_P(FixedElementwiseTest, MasksAreThoseOfTheReference) {
  Numbers numbers(6);
  const FixedSigmoid sigmoid;
  std::vector<int16_t> all;  // every argument there is
  for (int x = -kMaxActivation; x <= kMaxActivation; ++x) {
    all.push_back(static_cast<int16_t>(x));
  }
  std::vector<std::complex<float>> expected(all.size()), found(all.size());
  scalar_.mask(MaskRule::kSigmoid, 0, sigmoid, all, expected);
  kernels_->mask(MaskRule::kSigmoid, 0, sigmoid, all, found);
  ASSERT_EQ(found, expected);
  for (const MaskRule rule : {MaskRule::kOnePlus, MaskRule::kComplex}) {
    const int parts = rule == MaskRule::kComplex ? 3 : 1;
    const auto o = numbers.Vector<int16_t>(257 * parts, kMaxActivation);
    expected.resize(257);
    found.resize(257);
    scalar_.mask(rule, 12, sigmoid, o, expected);
    kernels_->mask(rule, 12, sigmoid, o, found);
    ASSERT_EQ(found, expected);
  }
}

INSTANTIATE_TEST_SUITE_P(Cpu, FixedElementwiseTest,
                         ::testing::Values("avx512-vbmi-vnni", "avx512", "avx2",
                                           "neon"),
                         KernelsName());

}  // namespace
}  // namespace tacet
