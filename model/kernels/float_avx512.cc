// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/float_avx512.h"

#include <immintrin.h>

#include <algorithm>
#include <cassert>

#include "model/kernels/window_matrix.h"

// A function at a time, as model/kernels/fixed_avx512.cc.
#define TACET_AVX512 __attribute__((target("avx512f,avx512bw,avx512vbmi")))

namespace tacet {
namespace {

// Byte b of the x of a block; the last window may reach beyond them.
struct alignas(64) Planes {
  uint8_t byte[4]
              [WindowMatrix::kMaxBlockColumns + WindowMatrix::kWindowColumns];
};

// Byte 0 of 16 floats of a and then of b, then byte 1 of them.
constexpr auto kTwoPlanes = [] {
  struct alignas(64) Indices {
    uint8_t byte[64];
  } indices{};
  for (int i = 0; i < 32; ++i) {
    indices.byte[i] = static_cast<uint8_t>(4 * i);
    indices.byte[32 + i] = static_cast<uint8_t>(4 * i + 1);
  }
  return indices;
}();

TACET_AVX512 inline __mmask16 UpTo16(int count) {
  return count >= 16 ? __mmask16{0xffff}
                     : static_cast<__mmask16>((1 << std::max(count, 0)) - 1);
}

TACET_AVX512 inline __m512i Load16(const float* x, int count) {
  return _mm512_maskz_loadu_epi32(UpTo16(count), x);
}

TACET_AVX512 void Split(const float* x, int count, Planes* planes) {
  const __m512i low = _mm512_load_si512(&kTwoPlanes);
  const __m512i high = _mm512_or_si512(low, _mm512_set1_epi8(2));
  for (int i = 0; i < count + WindowMatrix::kWindowColumns / 2; i += 64) {
    const __m512i a = Load16(x + i, count - i);
    const __m512i b = Load16(x + i + 16, count - i - 16);
    const __m512i c = Load16(x + i + 32, count - i - 32);
    const __m512i d = Load16(x + i + 48, count - i - 48);
    const __m512i low0 = _mm512_permutex2var_epi8(a, low, b);
    const __m512i low1 = _mm512_permutex2var_epi8(c, low, d);
    const __m512i high0 = _mm512_permutex2var_epi8(a, high, b);
    const __m512i high1 = _mm512_permutex2var_epi8(c, high, d);
    const __m512i bytes[4] = {_mm512_shuffle_i64x2(low0, low1, 0x44),
                              _mm512_shuffle_i64x2(low0, low1, 0xee),
                              _mm512_shuffle_i64x2(high0, high1, 0x44),
                              _mm512_shuffle_i64x2(high0, high1, 0xee)};
    for (int p = 0; p < 4; ++p) {
      _mm512_store_si512(planes->byte[p] + i, bytes[p]);
    }
  }
}

// Bytes of a window of a plane, 128 bytes of it in two registers.
TACET_AVX512 inline __m512i LookUp(const uint8_t* plane, __m512i columns) {
  return _mm512_permutex2var_epi8(_mm512_load_si512(plane), columns,
                                  _mm512_load_si512(plane + 64));
}

TACET_AVX512 inline __m512 AddProducts(__m512i x, const float* weights,
                                       __m512 sum) {
  return _mm512_fmadd_ps(_mm512_castsi512_ps(x), _mm512_load_ps(weights), sum);
}

// The sums of 16 rows over `count` groups.
TACET_AVX512 inline __m512 AddGroups(const WindowMatrix::Group* group,
                                     const uint8_t* window, int count,
                                     const Planes& planes) {
  // Two, so that none waits for itself.
  __m512 even = _mm512_setzero_ps(), odd = _mm512_setzero_ps();
  for (; count > 0; --count, ++group, ++window) {
    const int start = *window * WindowMatrix::kStride;
    const __m512i columns = _mm512_load_si512(group->columns);
    const __m512i b0 = LookUp(planes.byte[0] + start, columns);
    const __m512i b1 = LookUp(planes.byte[1] + start, columns);
    const __m512i b2 = LookUp(planes.byte[2] + start, columns);
    const __m512i b3 = LookUp(planes.byte[3] + start, columns);
    const __m512i low01 = _mm512_unpacklo_epi8(b0, b1);
    const __m512i low23 = _mm512_unpacklo_epi8(b2, b3);
    const __m512i high01 = _mm512_unpackhi_epi8(b0, b1);
    const __m512i high23 = _mm512_unpackhi_epi8(b2, b3);
    const auto& w = group->weights;
    even = AddProducts(_mm512_unpacklo_epi16(low01, low23), w[0], even);
    odd = AddProducts(_mm512_unpackhi_epi16(low01, low23), w[1], odd);
    even = AddProducts(_mm512_unpacklo_epi16(high01, high23), w[2], even);
    odd = AddProducts(_mm512_unpackhi_epi16(high01, high23), w[3], odd);
  }
  return _mm512_add_ps(even, odd);
}

// y[r] += sums[position[r]]
TACET_AVX512 void AddSorted(const float* sums, const int32_t* position,
                            std::span<float> y) {
  const int num_rows = static_cast<int>(y.size());
  for (int r = 0; r < num_rows; r += 16) {
    const __mmask16 rows = UpTo16(num_rows - r);
    const __m512i index = _mm512_loadu_si512(position + r);
    const __m512 sum = _mm512_i32gather_ps(index, sums, sizeof(float));
    const __m512 old = _mm512_maskz_loadu_ps(rows, y.data() + r);
    _mm512_mask_storeu_ps(y.data() + r, rows, _mm512_add_ps(old, sum));
  }
}

TACET_AVX512 void MultiplyAddBlock(const WindowMatrix::Block& block,
                                   const float* x, std::span<float> y) {
  Planes planes;
  alignas(64) float sums[WindowMatrix::kMaxSortedRows];
  Split(x + block.first_column, block.num_columns, &planes);
  const WindowMatrix::Group* group = block.groups.data();
  const uint8_t* window = block.window.data();
  const uint16_t* num_groups = block.num_groups.data();
  const int32_t* position = block.position.data();
  while (!y.empty()) {
    const size_t num_rows =
        std::min<size_t>(y.size(), WindowMatrix::kMaxSortedRows);
    for (size_t first = 0; first < num_rows;
         first += WindowMatrix::kSliceRows) {
      const int count = *num_groups++;
      _mm512_store_ps(sums + first, AddGroups(group, window, count, planes));
      group += count;
      window += count;
    }
    AddSorted(sums, position, y.first(num_rows));
    position += num_rows;
    y = y.subspan(num_rows);
  }
}

}  // namespace

void MultiplyAvx512(const CsrMatrix& w, std::span<const float> x,
                    std::span<const float> bias,
                    std::span<float> y) noexcept TACET_REALTIME {
  std::ranges::copy(bias, y.begin());
  MultiplyAddAvx512(w, x, y);
}

void MultiplyAddAvx512(const CsrMatrix& w, std::span<const float> x,
                       std::span<float> y) noexcept TACET_REALTIME {
  assert(w.windows != nullptr);
  assert(x.size() == static_cast<size_t>(w.num_columns));
  assert(y.size() == static_cast<size_t>(w.num_rows));
  for (const WindowMatrix::Block& block : w.windows->blocks) {
    MultiplyAddBlock(block, x.data(), y);
  }
}

bool CpuHasAvx512ForFloat() noexcept {
  return __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512cd") &&
         __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vbmi");
}

}  // namespace tacet
