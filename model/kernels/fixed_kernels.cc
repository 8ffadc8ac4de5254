// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/fixed_kernels.h"

#include <cassert>
#include <memory>
#include <vector>

#include "model/kernels/column_matrix.h"
#include "model/kernels/fixed_elementwise.h"
#include "model/kernels/panel_matrix.h"
#include "model/kernels/sliced_matrix.h"

#if defined(__x86_64__)
#include "model/kernels/fixed_avx2.h"
#include "model/kernels/fixed_avx512.h"
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
  kernels.layout = MatrixLayout::kColumns;
  return kernels;
}

#if defined(__x86_64__)
void MultiplyAddByPanels(const FixedMatrix& w, std::span<const int16_t> x,
                         std::span<int32_t> acc) noexcept TACET_REALTIME {
  if (w.panels == nullptr) return MultiplyAddByColumns(w, x, acc);
  MultiplyAddAvx2(*w.panels, x, acc);
}
#endif

std::vector<FixedKernels> Supported() {
  std::vector<FixedKernels> kernels;
#if defined(__x86_64__)
  if (CpuHasAvx512ForFixed()) {
    FixedKernels avx512 = Avx512Elementwise();
    avx512.name = "avx512-vbmi-vnni";
    avx512.multiply_add = MultiplyAddAvx512;
    avx512.layout = MatrixLayout::kSlices;
    kernels.push_back(avx512);
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("bmi2")) {
    FixedKernels avx2 = Avx2Elementwise();
    avx2.name = "avx2";
    avx2.multiply_add = MultiplyAddByPanels;
    avx2.layout = MatrixLayout::kPanelsOrColumns;
    kernels.push_back(avx2);
  }
#elif defined(__aarch64__)
  kernels.push_back(ByColumns("neon", NeonElementwise()));
#endif
  kernels.push_back(ByColumns("columns", ScalarFixedKernels()));
  kernels.push_back(ScalarFixedKernels());
  return kernels;
}

// One look-up in 256 columns costs nearly two in 128: two permutes of each
// plane, and a blend (measured: 10 and 6 instructions of a step).
constexpr int kNarrow = 128, kWide = 256;
constexpr double kWideCost = 1.6;

void Slice(FixedMatrix* matrix) {
  auto wide = std::make_shared<const SlicedMatrix>(*matrix, kWide);
  auto narrow = std::make_shared<const SlicedMatrix>(*matrix, kNarrow);
  const bool is_narrow_better =
      static_cast<double>(narrow->num_steps()) <
      kWideCost * static_cast<double>(wide->num_steps());
  matrix->sliced = is_narrow_better ? narrow : wide;
}

// Nanoseconds of a weight, zeros too, in panels and of one that is not 0 in
// columns: measured on an AMD EPYC by bench/product_bench.cc, of networks of
// width 1 and 2 with half of the activations 0 (0.020 and 0.026; 0.35 to 0.43).
constexpr double kPanelCost = 0.023, kColumnCost = 0.38;

void PanelsOrColumns(FixedMatrix* matrix) {
  const double size = double(matrix->num_rows) * matrix->num_columns;
  const auto num_weights = static_cast<double>(matrix->values.size());
  if (kPanelCost * size < kColumnCost * num_weights) {
    matrix->panels = std::make_shared<const PanelMatrix>(*matrix);
  } else {
    matrix->by_columns = std::make_shared<const ColumnMatrix<int8_t>>(*matrix);
  }
}

template <typename Function>
void ForEachMatrix(FixedWeights* weights, const Function& function) {
  function(&weights->encoder.weight);
  for (FixedS5Weights& layer : weights->layers) {
    for (FixedMatrix* m : {&layer.b_re, &layer.b_im, &layer.c_re, &layer.c_im,
                           &layer.gate.weight}) {
      function(m);
    }
  }
  function(&weights->decoder.weight);
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

void PrepareFor(const FixedKernels& kernels, FixedMatrix* matrix) {
  if (kernels.layout == MatrixLayout::kSlices) {
    Slice(matrix);
  } else if (kernels.layout == MatrixLayout::kPanelsOrColumns) {
    PanelsOrColumns(matrix);
  } else if (kernels.layout == MatrixLayout::kColumns) {
    matrix->by_columns = std::make_shared<const ColumnMatrix<int8_t>>(*matrix);
  }
}

void PrepareFor(const FixedKernels& kernels, FixedWeights* weights) {
  ForEachMatrix(weights, [&](FixedMatrix* m) { PrepareFor(kernels, m); });
  ForEachVector(weights, [&](auto* v) { weights->owned.Take(v); });
}

}  // namespace tacet
