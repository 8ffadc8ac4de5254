// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/fixed_kernels.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <limits>
#include <memory>
#include <vector>

#include "model/kernels/column_matrix.h"
#include "model/kernels/fixed_elementwise.h"
#include "model/kernels/panel_matrix.h"
#include "model/kernels/shuffle_matrix.h"
#include "model/kernels/sliced_matrix.h"
#include "model/kernels/table_matrix.h"

#if defined(__x86_64__)
#include "model/kernels/fixed_avx2.h"
#include "model/kernels/fixed_avx512.h"
#include "model/kernels/fixed_avx512_words.h"
#elif defined(__aarch64__)
#include "model/kernels/fixed_neon.h"
#endif

namespace tacet {
namespace {

void MultiplyAddByColumns(const FixedMatrix& w, std::span<const int16_t> x,
                          std::span<int32_t> acc) noexcept TACET_REALTIME {
  assert(w.by_columns != nullptr);
  w.by_columns->MultiplyAdd(x, acc);
}

FixedKernels ByColumns(const char* name, FixedKernels kernels) {
  kernels.name = name;
  kernels.multiply_add = MultiplyAddByColumns;
  kernels.multiply = MultiplyByAdding<MultiplyAddByColumns>;
  kernels.layout = MatrixLayout::kColumns;
  return kernels;
}

#if defined(__x86_64__)
void MultiplyAddBySlices(const FixedMatrix& w, std::span<const int16_t> x,
                         std::span<int32_t> acc) noexcept TACET_REALTIME {
  if (w.sliced != nullptr) return MultiplyAddAvx512(w, x, acc);
  MultiplyAddByColumns(w, x, acc);
}

void MultiplyBySlices(const FixedMatrix& w, std::span<const int16_t> x,
                      std::span<const int32_t> start,
                      std::span<int32_t> acc) noexcept TACET_REALTIME {
  if (w.sliced != nullptr) return MultiplyAvx512(w, x, start, acc);
  MultiplyByAdding<MultiplyAddByColumns>(w, x, start, acc);
}

void MultiplyAddByWords(const FixedMatrix& w, std::span<const int16_t> x,
                        std::span<int32_t> acc) noexcept TACET_REALTIME {
  if (w.sliced != nullptr) return MultiplyAddAvx512Words(w, x, acc);
  MultiplyAddByColumns(w, x, acc);
}

void MultiplyByWords(const FixedMatrix& w, std::span<const int16_t> x,
                     std::span<const int32_t> start,
                     std::span<int32_t> acc) noexcept TACET_REALTIME {
  if (w.sliced != nullptr) return MultiplyAvx512Words(w, x, start, acc);
  MultiplyByAdding<MultiplyAddByColumns>(w, x, start, acc);
}

void MultiplyAddByLayout(const FixedMatrix& w, std::span<const int16_t> x,
                         std::span<int32_t> acc) noexcept TACET_REALTIME {
  if (w.shuffled != nullptr) return MultiplyAddAvx2(*w.shuffled, x, acc);
  if (w.panels != nullptr) return MultiplyAddAvx2(*w.panels, x, acc);
  MultiplyAddByColumns(w, x, acc);
}
#elif defined(__aarch64__)
void MultiplyAddByTables(const FixedMatrix& w, std::span<const int16_t> x,
                         std::span<int32_t> acc) noexcept TACET_REALTIME {
  assert(w.tabled != nullptr);
  MultiplyAddNeon(*w.tabled, x, acc);
}
#endif

std::vector<FixedKernels> Supported() {
  std::vector<FixedKernels> kernels;
#if defined(__x86_64__)
  if (CpuHasAvx512ForFixed()) {
    FixedKernels avx512 = Avx512Elementwise();
    avx512.name = "avx512-vbmi-vnni";
    avx512.multiply_add = MultiplyAddBySlices;
    avx512.multiply = MultiplyBySlices;
    avx512.layout = MatrixLayout::kSlices;
    kernels.push_back(avx512);
  }
  if (CpuHasAvx512Words()) {
    FixedKernels words = Avx512Elementwise();
    words.name = "avx512";
    words.multiply_add = MultiplyAddByWords;
    words.multiply = MultiplyByWords;
    words.layout = MatrixLayout::kWordSlices;
    kernels.push_back(words);
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("bmi2")) {
    FixedKernels avx2 = Avx2Elementwise();
    avx2.name = "avx2";
    avx2.multiply_add = MultiplyAddByLayout;
    avx2.multiply = MultiplyByAdding<MultiplyAddByLayout>;
    avx2.layout = MatrixLayout::kFastest;
    kernels.push_back(avx2);
  }
#elif defined(__aarch64__)
  FixedKernels neon = NeonElementwise();
  neon.name = "neon";
  neon.multiply_add = MultiplyAddByTables;
  neon.multiply = MultiplyByAdding<MultiplyAddByTables>;
  neon.layout = MatrixLayout::kTables;
  kernels.push_back(neon);
#endif
  kernels.push_back(ByColumns("columns", ScalarFixedKernels()));
  kernels.push_back(ScalarFixedKernels());
  return kernels;
}

// A layout may take so many times the bytes that the file has of a matrix, so
// that what a model takes in memory is bounded by its file. Layouts that have
// room for what is not there, be it whole zeros or blocks of columns, take up
// to a thousand times as much of a wide matrix that is all but empty. No
// trained matrix comes near it (tests/model/kernels/fixed_network_test.cc).
constexpr size_t kMostGrowth = 16;

size_t MostBytes(const FixedMatrix& m) {
  return kMostGrowth *
         (m.values.size_bytes() + m.columns.size_bytes() + m.rows.size_bytes());
}

void LayOutColumns(FixedMatrix* matrix) {
  matrix->by_columns = std::make_shared<const ColumnMatrix<int8_t>>(*matrix);
}

// Null where it would take too much.
std::shared_ptr<const SlicedMatrix> Sliced(const FixedMatrix& matrix,
                                           int block_columns, int reach) {
  if (SlicedMatrix::LeastBytesOf(matrix, block_columns) > MostBytes(matrix)) {
    return nullptr;
  }
  auto sliced =
      std::make_shared<const SlicedMatrix>(matrix, block_columns, reach);
  return sliced->num_bytes() > MostBytes(matrix) ? nullptr : sliced;
}

// Wide blocks have fewer slices, whose start and end cost as much as so many
// steps (measured: 2.3 ns and 0.58 ns on an AMD EPYC), and now and then more
// steps.
constexpr size_t kSliceCost = 4;

void Slice(int reach, FixedMatrix* matrix) {
  const auto wide = Sliced(*matrix, 2 * reach, reach);
  const auto narrow = Sliced(*matrix, reach, reach);
  if (wide == nullptr && narrow == nullptr) return LayOutColumns(matrix);
  const auto cost = [](const std::shared_ptr<const SlicedMatrix>& sliced) {
    if (sliced == nullptr) return std::numeric_limits<size_t>::max();
    return sliced->num_steps() + kSliceCost * sliced->num_slices();
  };
  matrix->sliced = cost(narrow) < cost(wide) ? narrow : wide;
}

// Nanoseconds of 8 rows of a pair of columns in panels, of a step of 8 rows in
// shuffled form and of a weight in columns: of a prototype of these loops on an
// AMD EPYC, networks of width 1 and 2. They only choose; what came of it is in
// bench/product_bench.cc.
constexpr double kPanelCost = 0.37, kShuffleCost = 0.92, kColumnCost = 0.7;

//   zeros  part of x that is 0
void TakeFastest(double zeros, FixedMatrix* matrix) {
  auto shuffled = std::make_shared<const ShuffleMatrix>(*matrix);
  // Of panels size and cost are known before they are filled.
  const double by_panels =
      PanelMatrix::BytesOf(*matrix) > MostBytes(*matrix)
          ? std::numeric_limits<double>::infinity()
          : kPanelCost * (1 - zeros * zeros) *
                static_cast<double>(PanelMatrix::NumVectorsOf(*matrix));
  const double by_shuffles =
      kShuffleCost * static_cast<double>(shuffled->num_steps());
  const double by_columns =
      kColumnCost * (1 - zeros) * static_cast<double>(matrix->values.size());
  if (by_columns < std::min(by_panels, by_shuffles)) {
    LayOutColumns(matrix);
  } else if (by_panels < by_shuffles) {
    matrix->panels = std::make_shared<const PanelMatrix>(*matrix);
  } else {
    matrix->shuffled = shuffled;
  }
}

// How much of what goes into the matrices is 0, about: between what
// `tacet bench` counts on speech of the networks that ship.
constexpr double kResidualZeros = 0.4, kStateZeros = 0.55, kGateZeros = 0.75;

template <typename Function>
void ForEachMatrix(FixedWeights* weights, const Function& function) {
  function(0.0, &weights->encoder.weight);
  for (FixedS5Weights& layer : weights->layers) {
    function(kResidualZeros, &layer.b_re);
    function(kResidualZeros, &layer.b_im);
    function(kStateZeros, &layer.c_re);
    function(kStateZeros, &layer.c_im);
    function(kGateZeros, &layer.gate.weight);
  }
  function(kResidualZeros, &weights->decoder.weight);
}

template <typename Function>
void ForEachVector(FixedWeights* weights, const Function& function) {
  function(&weights->encoder.bias);
  for (FixedS5Weights& layer : weights->layers) {
    for (std::span<const int32_t>* v : {&layer.b_bias_re, &layer.b_bias_im,
                                        &layer.y_bias, &layer.gate.bias}) {
      function(v);
    }
    for (std::span<const int16_t>* v :
         {&layer.a_re, &layer.a_im, &layer.scale_re, &layer.scale_im,
          &layer.d}) {
      function(v);
    }
    function(&layer.state_exponents);
  }
  function(&weights->decoder.bias);
}

}  // namespace

std::span<const FixedKernels> SupportedFixedKernels() {
  static const std::vector<FixedKernels>* const kernels =
      new std::vector<FixedKernels>(Supported());
  return *kernels;
}

void PrepareFor(const FixedKernels& kernels, double zeros,
                FixedMatrix* matrix) {
  if (kernels.layout == MatrixLayout::kSlices) {
    Slice(SlicedMatrix::kBytes, matrix);
  } else if (kernels.layout == MatrixLayout::kWordSlices) {
    Slice(SlicedMatrix::kWords, matrix);
  } else if (kernels.layout == MatrixLayout::kFastest) {
    TakeFastest(zeros, matrix);
  } else if (kernels.layout == MatrixLayout::kTables) {
    matrix->tabled = std::make_shared<const TableMatrix>(*matrix);
  } else if (kernels.layout == MatrixLayout::kColumns) {
    LayOutColumns(matrix);
  }
}

void PrepareFor(const FixedKernels& kernels, FixedWeights* weights) {
  ForEachMatrix(weights, [&](double zeros, FixedMatrix* m) {
    PrepareFor(kernels, zeros, m);
  });
  ForEachVector(weights, [&](auto* v) { weights->owned.Take(v); });
  for (FixedS5Weights& layer : weights->layers) SetStateFactors(&layer);
}

}  // namespace tacet
