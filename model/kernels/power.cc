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

constexpr int kFractionBits = 52;
constexpr uint64_t kFractionMask = (uint64_t{1} << kFractionBits) - 1;
constexpr uint64_t kOneBits = uint64_t{1023} << kFractionBits;
// The bits of a double 2^52 + i, i < 2^52, end with those of i.
constexpr double kTwo52 = 0x1p52;
constexpr uint64_t kTwo52Bits = uint64_t{1023 + 52} << kFractionBits;
constexpr double kBias = kTwo52 + 1023;
constexpr double kLeastExponent = -1000;

// log2((1 + s)/(1 − s)) = Σ_i 2/(ln 2 (2i + 1)) s^(2i+1), |s| < 0.172
constexpr int kLogTerms = 6;
constexpr auto kLog = [] {
  struct {
    double c[kLogTerms];
  } table{};
  for (int i = 0; i < kLogTerms; ++i) {
    table.c[i] = 2 / (std::numbers::ln2 * (2 * i + 1));
  }
  return table;
}();
// 2^f = Σ_i (ln 2)^i/i! f^i, |f| <= 1/2
constexpr int kExpTerms = 9;
constexpr auto kExp = [] {
  struct {
    double c[kExpTerms];
  } table{};
  double c = 1;
  for (int i = 0; i < kExpTerms; ++i) {
    table.c[i] = c;
    c *= std::numbers::ln2 / (i + 1);
  }
  return table;
}();

float PowerOf(float value, double p) noexcept {
  const double x = value;
  if (!(x > 0)) return 0.0f;
  // 1. x = 2^e m, m in √½..√2
  const uint64_t bits = std::bit_cast<uint64_t>(x);
  double e =
      std::bit_cast<double>((bits >> kFractionBits) | kTwo52Bits) - kBias;
  double m = std::bit_cast<double>((bits & kFractionMask) | kOneBits);
  if (m > std::numbers::sqrt2) m = 0.5 * m, e = e + 1;
  // 2. t = p log2 x
  const double s = (m - 1) / (m + 1);
  const double s2 = s * s;
  double log = kLog.c[kLogTerms - 1];
  for (int i = kLogTerms - 2; i >= 0; --i) log = log * s2 + kLog.c[i];
  const double t = std::fmax(p * (e + s * log), kLeastExponent);
  // 3. 2^t = 2^n 2^f, n whole
  const double n = std::floor(t + 0.5);
  const double f = t - n;
  double exp = kExp.c[kExpTerms - 1];
  for (int i = kExpTerms - 2; i >= 0; --i) exp = exp * f + kExp.c[i];
  const double scale = std::bit_cast<double>(std::bit_cast<uint64_t>(n + kBias)
                                             << kFractionBits);
  return static_cast<float>(scale * exp);
}

}  // namespace
}  // namespace tacet
#endif  // TACET_MODEL_KERNELS_POWER_ONCE

HWY_BEFORE_NAMESPACE();
namespace tacet {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// PowerOf, lane by lane; returns how many it has done.
[[maybe_unused]] size_t VectorPower(std::span<const float> x, double p,
                                    std::span<float> y) noexcept {
  const hn::ScalableTag<double> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const hn::Rebind<float, decltype(d)> df;
  const auto bias = hn::Set(d, kBias), one = hn::Set(d, 1.0);
  const auto half = hn::Set(d, 0.5);
  size_t k = 0;
  for (; k + hn::Lanes(d) <= x.size(); k += hn::Lanes(d)) {
    const auto value = hn::PromoteTo(d, hn::LoadU(df, &x[k]));
    const auto bits = hn::BitCast(du, value);
    auto e = hn::Sub(hn::BitCast(d, hn::Or(hn::ShiftRight<kFractionBits>(bits),
                                           hn::Set(du, kTwo52Bits))),
                     bias);
    auto m = hn::BitCast(d, hn::Or(hn::And(bits, hn::Set(du, kFractionMask)),
                                   hn::Set(du, kOneBits)));
    const auto is_high = hn::Gt(m, hn::Set(d, std::numbers::sqrt2));
    m = hn::IfThenElse(is_high, hn::Mul(half, m), m);
    e = hn::IfThenElse(is_high, hn::Add(e, one), e);
    const auto s = hn::Div(hn::Sub(m, one), hn::Add(m, one));
    const auto s2 = hn::Mul(s, s);
    auto log = hn::Set(d, kLog.c[kLogTerms - 1]);
    for (int i = kLogTerms - 2; i >= 0; --i) {
      log = hn::Add(hn::Mul(log, s2), hn::Set(d, kLog.c[i]));
    }
    const auto t = hn::Max(hn::Mul(hn::Set(d, p), hn::Add(e, hn::Mul(s, log))),
                           hn::Set(d, kLeastExponent));
    const auto n = hn::Floor(hn::Add(t, half));
    const auto f = hn::Sub(t, n);
    auto exp = hn::Set(d, kExp.c[kExpTerms - 1]);
    for (int i = kExpTerms - 2; i >= 0; --i) {
      exp = hn::Add(hn::Mul(exp, f), hn::Set(d, kExp.c[i]));
    }
    const auto scale = hn::BitCast(
        d, hn::ShiftLeft<kFractionBits>(hn::BitCast(du, hn::Add(n, bias))));
    const auto result =
        hn::IfThenElseZero(hn::Gt(value, hn::Zero(d)), hn::Mul(scale, exp));
    hn::StoreU(hn::DemoteTo(df, result), df, &y[k]);
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
  for (size_t k = 0; k < x.size(); ++k) y[k] = PowerOf(x[k], p);
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
