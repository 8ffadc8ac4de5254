// SPDX-License-Identifier: Apache-2.0
//
// roofline_bench: what this processor can do at most, on one core, as JSON:
// bytes read a second from buffers that fit each cache, and products a second
// of the instructions that the kernels use. The best of many short runs each.
#include <immintrin.h>
#include <time.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>

#include "model/block/aligned_array.h"

#define TACET_AVX512 __attribute__((target("avx512f,avx512vnni")))

namespace tacet {
namespace {

constexpr int kTries = 200;
constexpr int kVectors = 8;  // independent of each other

double CpuSeconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// The most units a second of `run`, which does `units` of them.
template <typename Run>
double Best(double units, const Run& run) {
  double best = 0;
  for (int i = 0; i < kTries; ++i) {
    const double start = CpuSeconds();
    run();
    best = std::max(best, units / (CpuSeconds() - start));
  }
  return best;
}

// So that a compiler must compute it.
TACET_AVX512 void Use(__m512i v) { asm volatile("" : : "v"(v)); }

TACET_AVX512 void Read(const std::byte* data, size_t size, int times) {
  __m512i sums[kVectors] = {};
  for (; times > 0; --times) {
    for (size_t at = 0; at < size; at += 64 * kVectors) {
      for (int i = 0; i < kVectors; ++i) {
        sums[i] = _mm512_xor_si512(
            sums[i], _mm512_load_si512(data + at + size_t{64} * i));
      }
    }
  }
  for (const __m512i v : sums) Use(v);
}

double BytesPerSecond(size_t size) {
  AlignedArray<uint8_t> buffer(size);
  const int times = static_cast<int>(std::max<size_t>(1, (4u << 20) / size));
  return Best(double(size) * times, [&] {
    Read(reinterpret_cast<const std::byte*>(buffer.data()), size, times);
  });
}

constexpr int kRepeats = 20000;

TACET_AVX512 void MultiplyFloats() {
  __m512 sums[kVectors] = {};
  __m512 w = _mm512_set1_ps(0.5f);
  for (int r = 0; r < kRepeats; ++r) {
    asm volatile("" : "+v"(w));
    for (__m512& sum : sums) sum = _mm512_fmadd_ps(w, w, sum);
  }
  for (const __m512 v : sums) Use(_mm512_castps_si512(v));
}

TACET_AVX512 void MultiplyBytes() {
  __m512i sums[kVectors] = {};
  __m512i w = _mm512_set1_epi8(1);
  for (int r = 0; r < kRepeats; ++r) {
    asm volatile("" : "+v"(w));
    for (__m512i& sum : sums) sum = _mm512_dpbusd_epi32(sum, w, w);
  }
  for (const __m512i v : sums) Use(v);
}

int Main() {
  if (!__builtin_cpu_supports("avx512vnni")) {
    std::fprintf(stderr, "roofline_bench: this needs AVX-512 VNNI\n");
    return 1;
  }
  // 64 products of bytes an instruction, two of which make one of 8 by 16 bits.
  std::printf(
      "{\"l1_gb_s\": %.1f, \"l2_gb_s\": %.1f, \"l3_gb_s\": %.1f, "
      "\"float_gmac_s\": %.1f, \"w8a16_gmac_s\": %.1f}\n",
      1e-9 * BytesPerSecond(16u << 10), 1e-9 * BytesPerSecond(512u << 10),
      1e-9 * BytesPerSecond(8u << 20),
      1e-9 * Best(16.0 * kVectors * kRepeats, MultiplyFloats),
      1e-9 * Best(32.0 * kVectors * kRepeats, MultiplyBytes));
  return 0;
}

}  // namespace
}  // namespace tacet

int main() { return tacet::Main(); }
