// SPDX-License-Identifier: Apache-2.0
//
// Compiled once for each instruction set: Highway includes this file again.
#include "model/block/fixed_block_kernels.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "model/fixed/arithmetic.h"

#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/block/fixed_block_kernels.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h.
#include "hwy/highway.h"
#include "model/block/tiles-inl.h"
#include "model/kernels/fixed_lanes-inl.h"

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
HWY_BEFORE_NAMESPACE();
namespace tacet {
namespace HWY_NAMESPACE {
namespace {

// A row of a block, kBlockTokens values of 16 bits, is kParts vectors.
using D16 = hn::ScalableTag<int16_t>;
using Ints16 = hn::Vec<D16>;
using Ints32 = hn::Vec<D32>;
constexpr size_t kLanes16 = HWY_LANES(int16_t);
constexpr size_t kLanes32 = kLanes16 / 2;
constexpr size_t kParts = kBlockTokens / kLanes16;

// A row of sums. Instructions that interleave do it in each 128 bits, so that
// low has the first four tokens of every eight and high the others; packing
// low and high puts them into order again.
struct Sums {
  // An implicit one would not be compiled for the instruction set.
  Sums() {}  // NOLINT(modernize-use-equals-default)
  Ints32 low[kParts], high[kParts];
};
// Where token t stands in a row of sums in memory: low, high of each part.
constexpr size_t Position(size_t t) {
  const size_t part = t / kLanes16, eight = t % kLanes16 / 8, i = t % 8;
  return part * kLanes16 + (i < 4 ? 0 : kLanes32) + eight * 4 + i % 4;
}

// sums += a w0 + b w1, where w is {w0, w1, w0, w1, ...}.
inline void AddPair(Ints16 a, Ints16 b, Ints16 w, Ints32& low, Ints32& high) {
#if HWY_TARGET == HWY_AVX3
  // Not an intrinsic, which would want all callers compiled for VNNI.
  const auto low16 = hn::InterleaveLower(D16(), a, b);
  const auto high16 = hn::InterleaveUpper(D16(), a, b);
  asm("vpdpwssd %2, %1, %0" : "+v"(low.raw) : "v"(low16.raw), "v"(w.raw));
  asm("vpdpwssd %2, %1, %0" : "+v"(high.raw) : "v"(high16.raw), "v"(w.raw));
#elif HWY_TARGET == HWY_AVX2
  const auto low16 = hn::InterleaveLower(D16(), a, b);
  const auto high16 = hn::InterleaveUpper(D16(), a, b);
  low.raw = _mm256_add_epi32(low.raw, _mm256_madd_epi16(low16.raw, w.raw));
  high.raw = _mm256_add_epi32(high.raw, _mm256_madd_epi16(high16.raw, w.raw));
#elif HWY_TARGET == HWY_NEON
  const int16x4_t w0 = vdup_lane_s16(vget_low_s16(w.raw), 0);
  const int16x4_t w1 = vdup_lane_s16(vget_low_s16(w.raw), 1);
  low.raw = vmlal_s16(low.raw, vget_low_s16(a.raw), w0);
  low.raw = vmlal_s16(low.raw, vget_low_s16(b.raw), w1);
  high.raw = vmlal_s16(high.raw, vget_high_s16(a.raw), w0);
  high.raw = vmlal_s16(high.raw, vget_high_s16(b.raw), w1);
#endif
}

inline Ints16 SetPair(const int16_t (&weights)[2]) {
  int32_t both;
  std::memcpy(&both, weights, sizeof(both));
  return hn::BitCast(D16(), hn::Set(D32(), both));
}

inline Ints16 LoadPart(const int16_t* rows, size_t row, size_t part) {
  return hn::Load(D16(), rows + row * kBlockTokens + part * kLanes16);
}
inline void StorePart(Ints16 v, int16_t* rows, size_t row, size_t part) {
  hn::Store(v, D16(), rows + row * kBlockTokens + part * kLanes16);
}

inline Sums Fill(int32_t value) {
  Sums sums;
  for (size_t i = 0; i < kParts; ++i) {
    sums.low[i] = sums.high[i] = hn::Set(D32(), value);
  }
  return sums;
}

inline void AddProducts(const PairMatrix& w, int row, const int16_t* x,
                        Sums& sums) {
  for (const PairMatrix::Pair& pair : w.row(row)) {
    const auto weights = SetPair(pair.weights);
    for (size_t i = 0; i < kParts; ++i) {
      AddPair(LoadPart(x, pair.columns[0], i), LoadPart(x, pair.columns[1], i),
              weights, sums.low[i], sums.high[i]);
    }
  }
}

inline Ints32 RoundAll(Ints32 x, int shift) {
  const auto half = hn::Set(D32(), shift == 0 ? 0 : 1 << (shift - 1));
  return hn::ShiftRightSame(hn::Add(x, half), shift);
}

// Rounded to activations of at least so much.
inline void StoreRounded(const Sums& sums, int shift, int16_t least,
                         int16_t* rows, size_t row) {
  for (size_t i = 0; i < kParts; ++i) {
    const auto packed = hn::ReorderDemote2To(
        D16(), RoundAll(sums.low[i], shift), RoundAll(sums.high[i], shift));
    StorePart(hn::Max(packed, hn::Set(D16(), least)), rows, row, i);
  }
}

void Affine(const PairMatrix& w, const FixedAffine& affine, const int16_t* x,
            int16_t least, int16_t* y) {
  for (int r = 0; r < w.num_rows(); ++r) {
    Sums sums = Fill(affine.bias[r]);
    AddProducts(w, r, x, sums);
    StoreRounded(sums, affine.shift[r], least, y, r);
  }
}

// acc = B x + b_bias, rows of sums.
void MultiplyB(const PairMatrix& w, std::span<const int32_t> bias,
               const int16_t* x, int32_t* acc) {
  const D32 d;
  for (int p = 0; p < w.num_rows(); ++p) {
    Sums sums = Fill(bias[p]);
    AddProducts(w, p, x, sums);
    for (size_t i = 0; i < kParts; ++i) {
      int32_t* to = acc + p * kBlockTokens + i * kLanes16;
      hn::Store(sums.low[i], d, to);
      hn::Store(sums.high[i], d, to + kLanes32);
    }
  }
}

// Eight states and all tokens of them, token by token.
constexpr size_t kGroup = 8;

// UpdateState and ActivateFixedState of states first..first + 7.
//   u_re, u_im  [kBlockTokens][8] B x + b_bias, in the order of positions
//   r_re, r_im  [kBlockTokens][8]
void StepGroup(const FixedBlockWeights::Layer& w, int32_t max_state,
               StateActivation activation, size_t first, int n,
               const int32_t* u_re, const int32_t* u_im, double* s_re,
               double* s_im, int16_t* r_re, int16_t* r_im) {
  const D64 d;
  const Like<int32_t, D64> di;
  const size_t lanes = hn::Lanes(d);
  const auto half = hn::Set(d, 0.5);
  const auto most = hn::Set(d, max_state), least = hn::Neg(most);
  for (size_t i = 0; i < kGroup; i += lanes) {
    const size_t p = first + i;
    const auto a_re = hn::LoadU(d, &w.a_re[p]), a_im = hn::LoadU(d, &w.a_im[p]);
    const auto f_re = hn::LoadU(d, &w.scale_re[p]);
    const auto f_im = hn::LoadU(d, &w.scale_im[p]);
    const auto shift = hn::LoadU(di, &w.r_shift[p]);
    auto re = hn::LoadU(d, &s_re[p]), im = hn::LoadU(d, &s_im[p]);
    for (int t = 0; t < n; ++t) {
      const size_t at = Position(t) * kGroup + i;
      const auto v_re = hn::PromoteTo(d, hn::LoadU(di, u_re + at));
      const auto v_im = hn::PromoteTo(d, hn::LoadU(di, u_im + at));
      // Fused operations round once, and here not at all.
      const auto as_re = hn::NegMulAdd(a_im, im, hn::Mul(a_re, re));
      const auto as_im = hn::MulAdd(a_im, re, hn::Mul(a_re, im));
      const auto fu_re =
          hn::NegMulAdd(f_im, v_im, hn::MulAdd(f_re, v_re, half));
      const auto fu_im = hn::MulAdd(f_im, v_re, hn::MulAdd(f_re, v_im, half));
      re = hn::Add(hn::Trunc(as_re), hn::Floor(fu_re));
      im = hn::Add(hn::Trunc(as_im), hn::Floor(fu_im));
      re = hn::Min(hn::Max(re, least), most);
      im = hn::Min(hn::Max(im, least), most);
      auto out_re = hn::DemoteTo(di, re), out_im = hn::DemoteTo(di, im);
      ActivateParts(di, activation, out_re, out_im);
      StoreActivation(di, RoundShift32(di, out_re, shift), -kMaxActivation,
                      r_re + t * kGroup + i);
      StoreActivation(di, RoundShift32(di, out_im, shift), -kMaxActivation,
                      r_im + t * kGroup + i);
    }
    hn::StoreU(re, d, &s_re[p]);
    hn::StoreU(im, d, &s_im[p]);
  }
}

// [8] rows of sums to [kBlockTokens][8].
void ToTokens(const int32_t* acc, int32_t* u) {
  for (size_t t = 0; t < kBlockTokens; t += 4) {
    for (size_t i = 0; i < kGroup; i += 4) {
      Transpose4(acc + i * kBlockTokens + t, kBlockTokens, u + t * kGroup + i,
                 kGroup);
    }
  }
}

// [kBlockTokens] tokens of so many values to rows, and back.
void ToRows(const int16_t* tokens, size_t size, int16_t* rows) {
  for (size_t c = 0; c < size; c += 8) {
    for (size_t t = 0; t < kBlockTokens; t += 8) {
      Transpose8(tokens + t * size + c, size, rows + c * kBlockTokens + t,
                 kBlockTokens);
    }
  }
}
void FromRows(const int16_t* rows, size_t size, int16_t* tokens) {
  for (size_t c = 0; c < size; c += 8) {
    for (size_t t = 0; t < kBlockTokens; t += 8) {
      Transpose8(rows + c * kBlockTokens + t, kBlockTokens,
                 tokens + t * size + c, size);
    }
  }
}

void StepStates(const FixedBlockWeights& weights, size_t index, int n,
                FixedBlockState& state) {
  const size_t padded = weights.padded_states;
  const int32_t* acc_re = state.acc.data();
  const int32_t* acc_im = acc_re + padded * kBlockTokens;
  double* s_re = state.s.data() + 2 * index * padded;
  alignas(64) int32_t u_re[kBlockTokens * kGroup], u_im[kBlockTokens * kGroup];
  alignas(64) int16_t r_re[kBlockTokens * kGroup] = {};
  alignas(64) int16_t r_im[kBlockTokens * kGroup] = {};
  for (size_t p = 0; p < padded; p += kGroup) {
    ToTokens(acc_re + p * kBlockTokens, u_re);
    ToTokens(acc_im + p * kBlockTokens, u_im);
    StepGroup(weights.layers[index], weights.fixed.layers[index].max_state,
              weights.fixed.state_activation, p, n, u_re, u_im, s_re,
              s_re + padded, r_re, r_im);
    ToRows(r_re, kGroup, state.r.data() + p * kBlockTokens);
    ToRows(r_im, kGroup, state.r.data() + (padded + p) * kBlockTokens);
  }
}

// y = max(0, saturate(round((d x + y_bias + C r)/2^y_shift)))
void ComputeAllY(const FixedS5Weights& fixed, const PairMatrix& c,
                 const int16_t* x, const int16_t* r, int16_t* y) {
  const auto zero = hn::Zero(D16());
  for (int h = 0; h < c.num_rows(); ++h) {
    const auto d = SetPair({fixed.d[h], 0});
    const auto bias = hn::Set(D32(), fixed.y_bias[h]);
    Sums sums = Fill(0);
    for (size_t i = 0; i < kParts; ++i) {
      AddPair(LoadPart(x, h, i), zero, d, sums.low[i], sums.high[i]);
      sums.low[i] = hn::Add(bias, RoundAll(sums.low[i], fixed.d_shift[h]));
      sums.high[i] = hn::Add(bias, RoundAll(sums.high[i], fixed.d_shift[h]));
    }
    AddProducts(c, h, r, sums);
    StoreRounded(sums, fixed.y_shift[h], 0, y, h);
  }
}

// Rows of sigmoids of rows.
void SigmoidRows(const FixedSigmoid& sigmoid, size_t size, int16_t* rows) {
  SigmoidAll(sigmoid, rows, size * kBlockTokens, rows);
}

// AddGated where 32 bits do. With left >= right, 2^left x is whole multiples of
// 2^right, and is added behind the rounding.
void AddGatedNarrow(const FixedS5Weights& w, size_t num_rows, const int16_t* y,
                    const int16_t* gate, int16_t* x) {
  const D16 d16;
  const D32 d32;
  const auto zero = hn::Zero(d16);
  const int left = w.x_left_shift, right = w.out_shift;
  const bool is_behind = left >= right;
  const int x_shift = 16 - (is_behind ? left - right : left);
  const auto half = hn::Set(d32, right == 0 ? 0 : 1 << (right - 1));
  const auto sum = [&](auto product, auto x16) {
    // x with 16 zeros below it.
    const auto shifted = hn::ShiftRightSame(hn::BitCast(d32, x16), x_shift);
    product = hn::Add(product, half);
    if (is_behind) {
      return hn::Add(hn::ShiftRightSame(product, right), shifted);
    }
    return hn::ShiftRightSame(hn::Add(product, shifted), right);
  };
  for (size_t i = 0; i < num_rows * kBlockTokens; i += kLanes16) {
    const auto x16 = hn::Load(d16, x + i), y16 = hn::Load(d16, y + i);
    const auto g16 = hn::Load(d16, gate + i);
    const auto low =
        sum(hn::Mul(hn::ShiftRight<16>(
                        hn::BitCast(d32, hn::InterleaveLower(d16, zero, y16))),
                    hn::ShiftRight<16>(
                        hn::BitCast(d32, hn::InterleaveLower(d16, zero, g16)))),
            hn::InterleaveLower(d16, zero, x16));
    const auto high =
        sum(hn::Mul(hn::ShiftRight<16>(
                        hn::BitCast(d32, hn::InterleaveUpper(d16, zero, y16))),
                    hn::ShiftRight<16>(
                        hn::BitCast(d32, hn::InterleaveUpper(d16, zero, g16)))),
            hn::InterleaveUpper(d16, zero, x16));
    hn::Store(hn::Max(hn::ReorderDemote2To(d16, low, high), zero), d16, x + i);
  }
}

void AddGatedWide(const FixedS5Weights& w, size_t num_rows, const int16_t* y,
                  const int16_t* gate, int16_t* x) {
  for (size_t i = 0; i < num_rows * kBlockTokens; ++i) {
    const int64_t z =
        int64_t{y[i]} * gate[i] + (int64_t{x[i]} << w.x_left_shift);
    x[i] = SaturateToRelu(RoundShift64(z, w.out_shift));
  }
}

void Run(const FixedBlockWeights& w, const FixedSigmoid& sigmoid,
         const int16_t* features, int n, FixedBlockState& state,
         int16_t* outputs) noexcept TACET_REALTIME {
  int16_t* const x = state.x.data();
  int16_t* const y = state.y.data();
  int16_t* const gate = state.gate.data();
  const size_t hidden = w.fixed.hidden;
  ToRows(features, w.padded_features, state.features.data());
  Affine(w.encoder, w.fixed.encoder, state.features.data(), 0, x);
  for (size_t i = 0; i < w.layers.size(); ++i) {
    const FixedBlockWeights::Layer& layer = w.layers[i];
    const FixedS5Weights& fixed = w.fixed.layers[i];
    MultiplyB(layer.b_re, fixed.b_bias_re, x, state.acc.data());
    MultiplyB(layer.b_im, fixed.b_bias_im, x,
              state.acc.data() + w.padded_states * kBlockTokens);
    StepStates(w, i, n, state);
    ComputeAllY(fixed, layer.c, x, state.r.data(), y);
    Affine(layer.gate, fixed.gate, y, -kMaxActivation, gate);
    SigmoidRows(sigmoid, hidden, gate);
    (layer.is_gate_narrow ? AddGatedNarrow : AddGatedWide)(fixed, hidden, y,
                                                           gate, x);
  }
  Affine(w.decoder, w.fixed.decoder, x, -kMaxActivation, state.outputs.data());
  FromRows(state.outputs.data(), w.padded_outputs, outputs);
}

}  // namespace

RunFixedBlock GetFixedBlock() noexcept { return Run; }

}  // namespace HWY_NAMESPACE
}  // namespace tacet
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
namespace tacet {
#if defined(__x86_64__)
RunFixedBlock Avx2FixedBlock() noexcept { return N_AVX2::GetFixedBlock(); }
RunFixedBlock Avx512FixedBlock() noexcept { return N_AVX3::GetFixedBlock(); }
#elif defined(__aarch64__)
RunFixedBlock NeonFixedBlock() noexcept { return N_NEON::GetFixedBlock(); }
#endif
}  // namespace tacet
#endif
