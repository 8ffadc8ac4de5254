// SPDX-License-Identifier: Apache-2.0
//
// Compiled once for each instruction set: Highway includes this file again.
#include "model/block/float_block_kernels.h"

#include <complex>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/block/block_size.h"
#include "model/kernels/float_elementwise.h"

#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/block/float_block_kernels.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h.
#include "hwy/highway.h"
#include "model/block/tiles-inl.h"
#include "model/kernels/float_lanes-inl.h"

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
HWY_BEFORE_NAMESPACE();
namespace tacet {
namespace HWY_NAMESPACE {
namespace {

constexpr size_t kLanes = HWY_LANES(float);
// A row is so many vectors. Rows are taken so many at a time that the sums of
// both halves of a row's entries stay in registers.
constexpr size_t kParts = kBlockTokens / kLanes;
constexpr size_t kPartsAtOnce = kParts < 4 ? kParts : 4;

// Sums of every other entry, so that one product need not wait for another.
struct Sums {
  // An implicit one would not be compiled for the instruction set.
  Sums() {}  // NOLINT(modernize-use-equals-default)
  V even[kPartsAtOnce], odd[kPartsAtOnce];
};

inline void AddProduct(const CsrMatrix& w, uint32_t entry, const float* x,
                       V (&sums)[kPartsAtOnce]) {
  const V weight = hn::Set(D(), w.values[entry]);
  const float* const row = x + size_t{w.columns[entry]} * kBlockTokens;
  for (size_t i = 0; i < kPartsAtOnce; ++i) {
    sums[i] = hn::MulAdd(weight, hn::Load(D(), row + i * kLanes), sums[i]);
  }
}

// Row r of W x for the tokens from `first` on, added to what is in the sums.
inline void AddRow(const CsrMatrix& w, int r, const float* x, Sums& sums) {
  uint32_t i = w.rows[r];
  const uint32_t end = w.rows[r + 1];
  for (; i + 1 < end; i += 2) {
    AddProduct(w, i, x, sums.even);
    AddProduct(w, i + 1, x, sums.odd);
  }
  if (i < end) AddProduct(w, i, x, sums.even);
}

// y = start(row, part) + W x
template <typename Start>
void Products(const CsrMatrix& w, const float* x, float* y,
              const Start& start) {
  for (int r = 0; r < w.num_rows; ++r) {
    float* const row = y + size_t{static_cast<size_t>(r)} * kBlockTokens;
    for (size_t first = 0; first < kParts; first += kPartsAtOnce) {
      Sums sums;
      for (size_t i = 0; i < kPartsAtOnce; ++i) {
        sums.even[i] = start(r, row + (first + i) * kLanes);
        sums.odd[i] = hn::Zero(D());
      }
      AddRow(w, r, x + first * kLanes, sums);
      for (size_t i = 0; i < kPartsAtOnce; ++i) {
        hn::Store(hn::Add(sums.even[i], sums.odd[i]), D(),
                  row + (first + i) * kLanes);
      }
    }
  }
}

void Multiply(const CsrMatrix& w, const float* x, std::span<const float> bias,
              float* y) noexcept TACET_REALTIME {
  Products(w, x, y, [&](int r, float*) { return hn::Set(D(), bias[r]); });
}

void MultiplyAdd(const CsrMatrix& w, const float* x,
                 float* y) noexcept TACET_REALTIME {
  Products(w, x, y, [](int, float* at) { return hn::Load(D(), at); });
}

// Transposes between a group of states' rows and their tokens.
constexpr size_t kGroup = 16;
static_assert(kGroup % kLanes == 0);

void GroupToTokens(const float* rows, float* tokens) {
  for (size_t t = 0; t < kBlockTokens; t += 4) {
    for (size_t p = 0; p < kGroup; p += 4) {
      Transpose4(rows + p * kBlockTokens + t, kBlockTokens,
                 tokens + t * kGroup + p, kGroup);
    }
  }
}
void GroupToRows(const float* tokens, float* rows) {
  for (size_t t = 0; t < kBlockTokens; t += 4) {
    for (size_t p = 0; p < kGroup; p += 4) {
      Transpose4(tokens + t * kGroup + p, kGroup, rows + p * kBlockTokens + t,
                 kBlockTokens);
    }
  }
}

// States first..first + kGroup - 1, token by token.
//   u, r  Re and Im of [kBlockTokens][kGroup]
void StepGroup(const S5Weights& w, StateActivation activation, size_t first,
               int n, const float (*u)[kBlockTokens * kGroup], S5State& state,
               float (*r)[kBlockTokens * kGroup]) {
  for (size_t i = 0; i < kGroup; i += kLanes) {
    const Poles poles(w, first + i);
    V re = Load(&state.re[first + i]), im = Load(&state.im[first + i]);
    for (int t = 0; t < n; ++t) {
      const size_t at = t * kGroup + i;
      poles.Step(hn::Load(D(), u[0] + at), hn::Load(D(), u[1] + at), re, im);
      V out_re = re, out_im = im;
      ActivateParts(activation, out_re, out_im);
      hn::Store(out_re, D(), r[0] + at);
      hn::Store(out_im, D(), r[1] + at);
    }
    Store(re, &state.re[first + i]);
    Store(im, &state.im[first + i]);
  }
}

// One state, as StepStates of s5_layer.cc.
void StepOne(const S5Weights& w, StateActivation activation, size_t p, int n,
             const float* v_re, const float* v_im, S5State& state, float* r_re,
             float* r_im) {
  float s_re = state.re[p], s_im = state.im[p];
  for (int t = 0; t < n; ++t) {
    const float re = w.a_re[p] * s_re - w.a_im[p] * s_im +
                     (w.scale_re[p] * v_re[t] - w.scale_im[p] * v_im[t]);
    const float im = w.a_re[p] * s_im + w.a_im[p] * s_re +
                     (w.scale_re[p] * v_im[t] + w.scale_im[p] * v_re[t]);
    s_re = re;
    s_im = im;
    const std::complex<float> r = ActivateState(activation, re, im);
    r_re[t] = r.real();
    r_im[t] = r.imag();
  }
  state.re[p] = s_re;
  state.im[p] = s_im;
}

void Step(const S5Weights& w, StateActivation activation, int n,
          const float* v_re, const float* v_im, S5State& state, float* r_re,
          float* r_im) noexcept TACET_REALTIME {
  const size_t size = state.re.size();
  alignas(64) float u[2][kBlockTokens * kGroup];
  alignas(64) float r[2][kBlockTokens * kGroup] = {};
  size_t p = 0;
  for (; p + kGroup <= size; p += kGroup) {
    GroupToTokens(v_re + p * kBlockTokens, u[0]);
    GroupToTokens(v_im + p * kBlockTokens, u[1]);
    StepGroup(w, activation, p, n, u, state, r);
    GroupToRows(r[0], r_re + p * kBlockTokens);
    GroupToRows(r[1], r_im + p * kBlockTokens);
  }
  for (; p < size; ++p) {
    const size_t row = p * kBlockTokens;
    StepOne(w, activation, p, n, v_re + row, v_im + row, state, r_re + row,
            r_im + row);
  }
}

void FinishRows(Activation activation, std::span<const float> d, const float* x,
                float* y) noexcept TACET_REALTIME {
  for (size_t h = 0; h < d.size(); ++h) {
    const V skip = hn::Set(D(), d[h]);
    for (size_t i = 0; i < kBlockTokens; i += kLanes) {
      const size_t at = h * kBlockTokens + i;
      V sum = hn::Mul(skip, hn::Load(D(), x + at));
      sum = hn::Add(hn::Load(D(), y + at), sum);
      hn::Store(activation == Activation::kRelu ? Rectify(sum) : sum, D(),
                y + at);
    }
  }
  if (activation == Activation::kRelu) return;
  for (size_t i = 0; i < d.size() * kBlockTokens; ++i) {
    y[i] = Activate(activation, y[i]);
  }
}

void ToRows(const float* tokens, int size,
            float* rows) noexcept TACET_REALTIME {
  for (int c = 0; c < size; c += 4) {
    for (int t = 0; t < kBlockTokens; t += 4) {
      Transpose4(tokens + t * size + c, size, rows + c * kBlockTokens + t,
                 kBlockTokens);
    }
  }
}
void FromRows(const float* rows, int size,
              float* tokens) noexcept TACET_REALTIME {
  for (int c = 0; c < size; c += 4) {
    for (int t = 0; t < kBlockTokens; t += 4) {
      Transpose4(rows + c * kBlockTokens + t, kBlockTokens,
                 tokens + t * size + c, size);
    }
  }
}

}  // namespace

FloatBlockKernels GetFloatBlock(const char* name,
                                const FloatKernels& elementwise) noexcept {
  return {.name = name,
          .multiply = Multiply,
          .multiply_add = MultiplyAdd,
          .step_states = Step,
          .finish_y = FinishRows,
          .to_rows = ToRows,
          .from_rows = FromRows,
          .elementwise = elementwise};
}

}  // namespace HWY_NAMESPACE
}  // namespace tacet
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
namespace tacet {
#if defined(__x86_64__)
FloatBlockKernels Avx2FloatBlock() noexcept {
  return N_AVX2::GetFloatBlock("avx2", Avx2FloatElementwise());
}
FloatBlockKernels Avx512FloatBlock() noexcept {
  return N_AVX3::GetFloatBlock("avx512", Avx512FloatElementwise());
}
#elif defined(__aarch64__)
FloatBlockKernels NeonFloatBlock() noexcept {
  return N_NEON::GetFloatBlock("neon", NeonFloatElementwise());
}
#endif

std::span<const FloatBlockKernels> SupportedFloatBlockKernels() {
  static const std::vector<FloatBlockKernels>* const kernels = [] {
    auto* found = new std::vector<FloatBlockKernels>;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512cd") &&
        __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl")) {
      found->push_back(Avx512FloatBlock());
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
        __builtin_cpu_supports("bmi2")) {
      found->push_back(Avx2FloatBlock());
    }
#elif defined(__aarch64__)
    found->push_back(NeonFloatBlock());
#endif
    return found;
  }();
  return *kernels;
}

}  // namespace tacet
#endif
