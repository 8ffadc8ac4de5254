// SPDX-License-Identifier: Apache-2.0
//
// Compiled once for each instruction set: Highway includes this file again.
#include "model/kernels/power.h"

#include <bit>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>

#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/power.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h.
#include "hwy/highway.h"

#ifndef TACET_MODEL_KERNELS_POWER_ONCE
#define TACET_MODEL_KERNELS_POWER_ONCE
namespace tacet {
namespace {

constexpr int kFractionBits = 23;
constexpr uint32_t kFractionMask = (uint32_t{1} << kFractionBits) - 1;
constexpr uint32_t kOneBits = uint32_t{127} << kFractionBits;
// The bits of a float 2^23 + i, i < 2^23, end with those of i.
constexpr float kTwo23 = 0x1p23f;
constexpr uint32_t kTwo23Bits = uint32_t{127 + 23} << kFractionBits;
constexpr float kBias = kTwo23 + 127;
// The least normal float, what brings all others up to it, and its log2.
constexpr float kTiny = 0x1p-126f, kLift = 0x1p24f;
constexpr float kLiftLog = 24, kLeastLog = -126;
// Intervals of a factor of 2: look-ups are of so many.
constexpr int kSteps = 16, kStepBits = 4;

// log2(1 + r) = Σ_i (−1)^i/((i + 1) ln 2) r^(i+1), |r| < 1/32
constexpr float kLog[] = {static_cast<float>(1 / std::numbers::ln2),
                          static_cast<float>(-1 / (2 * std::numbers::ln2)),
                          static_cast<float>(1 / (3 * std::numbers::ln2)),
                          static_cast<float>(-1 / (4 * std::numbers::ln2)),
                          static_cast<float>(1 / (5 * std::numbers::ln2))};
constexpr int kLogTerms = 5;
// 2^f − 1 = Σ_i (ln 2)^(i+1)/(i+1)! f^(i+1), |f| <= 1/32
constexpr double kLn2 = std::numbers::ln2;
constexpr float kExp[] = {static_cast<float>(kLn2),
                          static_cast<float>(kLn2* kLn2 / 2),
                          static_cast<float>(kLn2* kLn2* kLn2 / 6),
                          static_cast<float>(kLn2* kLn2* kLn2* kLn2 / 24)};
constexpr int kExpTerms = 4;

// By series, so that the compiler makes the tables, the same everywhere.
constexpr int kTableTerms = 24;

constexpr double Log2(double x) {  // x in 1..2
  const double s = (x - 1) / (x + 1);
  double sum = 0;
  for (int i = kTableTerms; i >= 0; --i) sum = sum * s * s + 1.0 / (2 * i + 1);
  return 2 * s * sum / std::numbers::ln2;
}

constexpr double Exp2(double x) {  // x in 0..1
  double sum = 1;
  for (int i = kTableTerms; i >= 1; --i) {
    sum = 1 + sum * x * std::numbers::ln2 / i;
  }
  return sum;
}

// Of the middles m_i = 1 + (2 i + 1)/32: log2 in whole 32nds and the rest, and
// 1/m_i; and 2^(i/16), with what a float leaves of it.
struct alignas(64) Tables {
  float log_high[kSteps], log_low[kSteps], inverse[kSteps];
  float exp_high[kSteps], exp_low[kSteps];
};
constexpr Tables kTables = [] {
  Tables t{};
  for (int i = 0; i < kSteps; ++i) {
    const double middle = 1 + (2 * i + 1) / 32.0;
    const double log = Log2(middle), exp = Exp2(i / 16.0);
    t.log_high[i] = static_cast<float>(static_cast<int>(32 * log + 0.5)) / 32;
    t.log_low[i] = static_cast<float>(log - double{t.log_high[i]});
    t.inverse[i] = static_cast<float>(1 / middle);
    t.exp_high[i] = static_cast<float>(exp);
    t.exp_low[i] = static_cast<float>(exp - double{t.exp_high[i]});
  }
  return t;
}();

// p in parts: high has 11 significant bits, so that its product with a log2 of
// 13 bits is exact.
struct Exponent {
  explicit Exponent(double p)
      : high(std::bit_cast<float>(
            std::bit_cast<uint32_t>(static_cast<float>(p)) & 0xffffe000)),
        low(static_cast<float>(p - double{high})),
        whole(static_cast<float>(p)) {}
  float high, low, whole;
};

float PowerOf(float value, const Exponent& p) noexcept {
  if (!(value > 0.0f)) return 0.0f;
  const bool is_tiny = value < kTiny;
  const auto bits = std::bit_cast<uint32_t>(is_tiny ? value * kLift : value);
  // 1. x = 2^e m, m = m_i (1 + r)
  const float e = std::bit_cast<float>((bits >> kFractionBits) | kTwo23Bits) -
                  kBias - (is_tiny ? kLiftLog : 0.0f);
  const uint32_t fraction = bits & kFractionMask;
  const uint32_t i = fraction >> (kFractionBits - kStepBits);
  const float m = std::bit_cast<float>(fraction | kOneBits);
  const float middle = std::bit_cast<float>(
      (((i << 1) | 1) << (kFractionBits - kStepBits - 1)) | kOneBits);
  const float r = (m - middle) * kTables.inverse[i];
  // 2. t = p log2 x = high + low
  float log = kLog[kLogTerms - 1];
  for (int k = kLogTerms - 2; k >= 0; --k) log = log * r + kLog[k];
  const float log_high = e + kTables.log_high[i];
  const float log_low = r * log + kTables.log_low[i];
  const float high = p.high * log_high;
  const float low = p.low * log_high + p.whole * log_low;
  const float t = high + low;
  // 3. 2^t = 2^(n/16) 2^f, n whole
  const float n = std::floor(t * kSteps + 0.5f);
  const float f = (high - n * (1.0f / kSteps)) + low;
  float exp = kExp[kExpTerms - 1];
  for (int k = kExpTerms - 2; k >= 0; --k) exp = exp * f + kExp[k];
  const auto whole = static_cast<int32_t>(n);
  const int32_t j = whole & (kSteps - 1);
  const float base = kTables.exp_high[j];
  const float y = base + (base * (f * exp) + kTables.exp_low[j]);
  const auto scale = static_cast<uint32_t>(whole >> kStepBits) << kFractionBits;
  return t < kLeastLog
             ? 0.0f
             : std::bit_cast<float>(std::bit_cast<uint32_t>(y) + scale);
}

}  // namespace
}  // namespace tacet
#endif  // TACET_MODEL_KERNELS_POWER_ONCE

HWY_BEFORE_NAMESPACE();
namespace tacet {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using DF = hn::ScalableTag<float>;
using DI = hn::RebindToSigned<DF>;
using DU = hn::RebindToUnsigned<DF>;

// table[i], i = 0..15
inline hn::Vec<DF> LookUp(const float* table, hn::Vec<DI> i) {
#if HWY_TARGET == HWY_AVX3
  return hn::Vec<DF>{_mm512_permutexvar_ps(i.raw, _mm512_load_ps(table))};
#elif HWY_TARGET == HWY_AVX2
  const __m256 low = _mm256_permutevar8x32_ps(_mm256_load_ps(table), i.raw);
  const __m256 high =
      _mm256_permutevar8x32_ps(_mm256_load_ps(table + 8), i.raw);
  const __m256i has_8 = _mm256_slli_epi32(i.raw, 28);
  return hn::Vec<DF>{_mm256_blendv_ps(low, high, _mm256_castsi256_ps(has_8))};
#else
  return hn::GatherIndex(DF(), table, i);
#endif
}

// PowerOf, lane by lane; returns how many it has done.
[[maybe_unused]] size_t VectorPower(std::span<const float> x, double power,
                                    std::span<float> y) noexcept {
  const DF d;
  const DI di;
  const DU du;
  const Exponent p(power);
  const auto p_high = hn::Set(d, p.high), p_low = hn::Set(d, p.low);
  const auto p_whole = hn::Set(d, p.whole);
  const auto zero = hn::Zero(d);
  size_t k = 0;
  for (; k + hn::Lanes(d) <= x.size(); k += hn::Lanes(d)) {
    const auto value = hn::LoadU(d, &x[k]);
    const auto is_tiny = hn::Lt(value, hn::Set(d, kTiny));
    const auto lifted =
        hn::IfThenElse(is_tiny, hn::Mul(value, hn::Set(d, kLift)), value);
    const auto bits = hn::BitCast(du, lifted);
    const auto e = hn::Sub(
        hn::Sub(hn::BitCast(d, hn::Or(hn::ShiftRight<kFractionBits>(bits),
                                      hn::Set(du, kTwo23Bits))),
                hn::Set(d, kBias)),
        hn::IfThenElseZero(is_tiny, hn::Set(d, kLiftLog)));
    const auto fraction = hn::And(bits, hn::Set(du, kFractionMask));
    const auto m = hn::BitCast(d, hn::Or(fraction, hn::Set(du, kOneBits)));
    constexpr int kShift = kFractionBits - kStepBits;
    constexpr uint32_t kIntervalMask = kFractionMask >> kShift << kShift;
    const auto middle = hn::BitCast(
        d, hn::Or(hn::And(bits, hn::Set(du, kIntervalMask)),
                  hn::Set(du, kOneBits | (uint32_t{1} << (kShift - 1)))));
    const auto i = hn::BitCast(di, hn::ShiftRight<kShift>(fraction));
    const auto r = hn::Mul(hn::Sub(m, middle), LookUp(kTables.inverse, i));
    auto log = hn::Set(d, kLog[kLogTerms - 1]);
    for (int c = kLogTerms - 2; c >= 0; --c) {
      log = hn::Add(hn::Mul(log, r), hn::Set(d, kLog[c]));
    }
    const auto log_high = hn::Add(e, LookUp(kTables.log_high, i));
    const auto log_low = hn::Add(hn::Mul(r, log), LookUp(kTables.log_low, i));
    const auto high = hn::Mul(p_high, log_high);
    const auto low =
        hn::Add(hn::Mul(p_low, log_high), hn::Mul(p_whole, log_low));
    const auto t = hn::Add(high, low);
    const auto n = hn::Floor(
        hn::Add(hn::Mul(t, hn::Set(d, float{kSteps})), hn::Set(d, 0.5f)));
    const auto f =
        hn::Add(hn::Sub(high, hn::Mul(n, hn::Set(d, 1.0f / kSteps))), low);
    auto exp = hn::Set(d, kExp[kExpTerms - 1]);
    for (int c = kExpTerms - 2; c >= 0; --c) {
      exp = hn::Add(hn::Mul(exp, f), hn::Set(d, kExp[c]));
    }
    const auto whole = hn::ConvertTo(di, n);
    const auto j = hn::And(whole, hn::Set(di, kSteps - 1));
    const auto base = LookUp(kTables.exp_high, j);
    const auto result = hn::Add(base, hn::Add(hn::Mul(base, hn::Mul(f, exp)),
                                              LookUp(kTables.exp_low, j)));
    const auto scale =
        hn::ShiftLeft<kFractionBits>(hn::ShiftRight<kStepBits>(whole));
    const auto scaled = hn::BitCast(d, hn::Add(hn::BitCast(di, result), scale));
    const auto is_normal =
        hn::And(hn::Gt(value, zero), hn::Ge(t, hn::Set(d, kLeastLog)));
    hn::StoreU(hn::IfThenElseZero(is_normal, scaled), d, &y[k]);
  }
  return k;
}

}  // namespace
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
void PowerHere(std::span<const float> x, double p,
               std::span<float> y) noexcept TACET_REALTIME {
  assert(x.size() == y.size());
  const size_t done = VectorPower(x, p, y);
  ScalarPower(x.subspan(done), p, y.subspan(done));
}
#endif
}  // namespace HWY_NAMESPACE
}  // namespace tacet
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tacet {

void ScalarPower(std::span<const float> x, double p,
                 std::span<float> y) noexcept TACET_REALTIME {
  assert(x.size() == y.size());
  const Exponent parts(p);
  for (size_t k = 0; k < x.size(); ++k) y[k] = PowerOf(x[k], parts);
}

// A CPU runs what it runs first in the list, and all behind it.
std::span<const PowerKernels> SupportedPowerKernels() noexcept TACET_REALTIME {
#if defined(__x86_64__)
  static constexpr PowerKernels kKernels[] = {{"avx512", N_AVX3::PowerHere},
                                              {"avx2", N_AVX2::PowerHere},
                                              {"scalar", ScalarPower}};
  const bool has_avx2 = __builtin_cpu_supports("avx2") &&
                        __builtin_cpu_supports("fma") &&
                        __builtin_cpu_supports("bmi2");
  const bool has_avx512 = has_avx2 && __builtin_cpu_supports("avx512f") &&
                          __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512cd") &&
                          __builtin_cpu_supports("avx512dq") &&
                          __builtin_cpu_supports("avx512vl");
  return std::span(kKernels).subspan(has_avx512 ? 0 : has_avx2 ? 1 : 2);
#elif defined(__aarch64__)
  static constexpr PowerKernels kKernels[] = {{"neon", N_NEON::PowerHere},
                                              {"scalar", ScalarPower}};
  return kKernels;
#else
  static constexpr PowerKernels kKernels[] = {{"scalar", ScalarPower}};
  return kKernels;
#endif
}

void Power(std::span<const float> x, double p,
           std::span<float> y) noexcept TACET_REALTIME {
  SupportedPowerKernels().front().power(x, p, y);
}

}  // namespace tacet
#endif
