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

constexpr int kSortedRows = WindowMatrix::kSortedRows;
constexpr int kSlices = kSortedRows / WindowMatrix::kSliceRows;
constexpr int kVectors = kSortedRows / 16;

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

// 128 columns of a plane in two registers.
struct Window {
  __m512i near, far;
};

TACET_AVX512 inline Window LoadWindow(const uint8_t* plane) {
  return {_mm512_load_si512(plane), _mm512_load_si512(plane + 64)};
}

TACET_AVX512 inline __m512i LookUp(const Window& w, __m512i columns) {
  return _mm512_permutex2var_epi8(w.near, columns, w.far);
}

TACET_AVX512 inline __m512 AddProducts(__m512i x, const float* weights,
                                       __m512 sum) {
  return _mm512_fmadd_ps(_mm512_castsi512_ps(x), _mm512_load_ps(weights), sum);
}

// The sums of 32 rows over `count` groups: of each 16 rows two, to be added.
TACET_AVX512 inline void AddGroups(const WindowMatrix::Group* group,
                                   const uint8_t* window, int count,
                                   const Planes& planes, __m512* sums) {
  __m512 even[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
  __m512 odd[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
  for (; count > 0; --count, ++group, ++window) {
    const int start = *window * WindowMatrix::kStride;
    const Window w0 = LoadWindow(planes.byte[0] + start);
    const Window w1 = LoadWindow(planes.byte[1] + start);
    const Window w2 = LoadWindow(planes.byte[2] + start);
    const Window w3 = LoadWindow(planes.byte[3] + start);
    for (int half = 0; half < 2; ++half) {
      const __m512i columns = _mm512_load_si512(group->columns[half]);
      const __m512i b0 = LookUp(w0, columns), b1 = LookUp(w1, columns);
      const __m512i b2 = LookUp(w2, columns), b3 = LookUp(w3, columns);
      const __m512i low01 = _mm512_unpacklo_epi8(b0, b1);
      const __m512i low23 = _mm512_unpacklo_epi8(b2, b3);
      const __m512i high01 = _mm512_unpackhi_epi8(b0, b1);
      const __m512i high23 = _mm512_unpackhi_epi8(b2, b3);
      const auto& weights = group->weights[half];
      __m512 e = even[half], o = odd[half];
      e = AddProducts(_mm512_unpacklo_epi16(low01, low23), weights[0], e);
      o = AddProducts(_mm512_unpackhi_epi16(low01, low23), weights[1], o);
      e = AddProducts(_mm512_unpacklo_epi16(high01, high23), weights[2], e);
      o = AddProducts(_mm512_unpackhi_epi16(high01, high23), weights[3], o);
      even[half] = e;
      odd[half] = o;
    }
  }
  sums[0] = _mm512_add_ps(even[0], odd[0]);
  sums[1] = _mm512_add_ps(even[1], odd[1]);
}

// y[r] += sums[position[r]] for up to 16 rows.
TACET_AVX512 inline void AddSorted(const __m512 (&sums)[kVectors],
                                   const uint32_t* position, int num_rows,
                                   float* y) {
  const __m512i index = _mm512_loadu_si512(position);
  const __m512 low = _mm512_permutex2var_ps(sums[0], index, sums[1]);
  const __m512 high = _mm512_permutex2var_ps(sums[2], index, sums[3]);
  const __mmask16 upper = _mm512_test_epi32_mask(index, _mm512_set1_epi32(32));
  const __m512 sum = _mm512_mask_blend_ps(upper, low, high);
  const __mmask16 rows = UpTo16(num_rows);
  const __m512 old = _mm512_maskz_loadu_ps(rows, y);
  _mm512_mask_storeu_ps(y, rows, _mm512_add_ps(old, sum));
}

TACET_AVX512 void MultiplyAddBlock(const WindowMatrix::Block& block,
                                   const float* x, std::span<float> y) {
  Planes planes;
  Split(x + block.first_column, block.num_columns, &planes);
  const WindowMatrix::Group* group = block.groups.data();
  const uint8_t* window = block.window.data();
  const uint16_t* num_groups = block.num_groups.data();
  const int num_rows = static_cast<int>(y.size());
  for (int first = 0; first < num_rows; first += kSortedRows) {
    __m512 sums[kVectors];
    for (int s = 0; s < kSlices; ++s) {
      const int count = *num_groups++;
      AddGroups(group, window, count, planes, sums + kVectors / kSlices * s);
      group += count;
      window += count;
    }
    for (int r = first; r < std::min(first + kSortedRows, num_rows); r += 16) {
      AddSorted(sums, block.position.data() + r, num_rows - r, y.data() + r);
    }
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
