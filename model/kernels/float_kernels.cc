// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/float_kernels.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <memory>
#include <vector>

#include "model/kernels/column_matrix.h"
#include "model/kernels/float_elementwise.h"
#include "model/kernels/permute_matrix.h"
#include "model/kernels/window_matrix.h"

#if defined(__x86_64__)
#include "model/kernels/float_avx2.h"
#include "model/kernels/float_avx512.h"
#endif

namespace tacet {
namespace {

// As the reference, whose rows begin at 0 and end with the bias: same bits.
void MultiplyByColumns(const CsrMatrix& w, std::span<const float> x,
                       std::span<const float> bias,
                       std::span<float> y) noexcept TACET_REALTIME {
  assert(w.by_columns != nullptr);
  std::ranges::fill(y, 0.0f);
  w.by_columns->MultiplyAdd(x, y);
  for (size_t r = 0; r < y.size(); ++r) y[r] += bias[r];
}

void MultiplyAddByColumns(const CsrMatrix& w, std::span<const float> x,
                          std::span<float> y) noexcept TACET_REALTIME {
  assert(w.by_columns != nullptr);
  w.by_columns->MultiplyAdd(x, y);
}

FloatKernels ByColumns(const char* name, FloatKernels kernels) {
  kernels.name = name;
  kernels.multiply = MultiplyByColumns;
  kernels.multiply_add = MultiplyAddByColumns;
  kernels.layout = MatrixLayout::kColumns;
  return kernels;
}

std::vector<FloatKernels> Supported() {
  std::vector<FloatKernels> kernels;
#if defined(__x86_64__)
  if (CpuHasAvx512ForFloat()) {
    FloatKernels avx512 = Avx512FloatElementwise();
    avx512.name = "avx512-vbmi";
    avx512.multiply = MultiplyAvx512;
    avx512.multiply_add = MultiplyAddAvx512;
    avx512.layout = MatrixLayout::kWindows;
    kernels.push_back(avx512);
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("bmi2")) {
    FloatKernels avx2 = Avx2FloatElementwise();
    avx2.name = "avx2";
    avx2.multiply = MultiplyAvx2;
    avx2.multiply_add = MultiplyAddAvx2;
    avx2.layout = MatrixLayout::kPermutes;
    kernels.push_back(avx2);
  }
#elif defined(__aarch64__)
  kernels.push_back(ByColumns("neon", NeonFloatElementwise()));
#endif
  kernels.push_back(ByColumns("columns", kScalarFloatKernels));
  kernels.push_back(kScalarFloatKernels);
  return kernels;
}

template <typename Function>
void ForEachMatrix(NetworkWeights* weights, const Function& function) {
  function(&weights->encoder);
  for (S5Weights& layer : weights->layers) {
    for (CsrMatrix* m :
         {&layer.b_re, &layer.b_im, &layer.c_re, &layer.c_im, &layer.gate}) {
      function(m);
    }
  }
  function(&weights->decoder);
}

template <typename Function>
void ForEachVector(NetworkWeights* weights, const Function& function) {
  function(&weights->encoder_bias);
  for (S5Weights& layer : weights->layers) {
    for (std::span<const float>* v :
         {&layer.a_re, &layer.a_im, &layer.scale_re, &layer.scale_im,
          &layer.b_bias_re, &layer.b_bias_im, &layer.d, &layer.y_bias,
          &layer.gate_bias}) {
      function(v);
    }
  }
  function(&weights->decoder_bias);
}

}  // namespace

std::span<const FloatKernels> SupportedFloatKernels() {
  static const std::vector<FloatKernels>* const kernels =
      new std::vector<FloatKernels>(Supported());
  return *kernels;
}

void PrepareFor(const FloatKernels& kernels, CsrMatrix* matrix) {
  if (kernels.layout == MatrixLayout::kWindows) {
    matrix->windows = std::make_shared<const WindowMatrix>(*matrix);
  } else if (kernels.layout == MatrixLayout::kPermutes) {
    matrix->permuted = std::make_shared<const PermuteMatrix>(*matrix);
  } else if (kernels.layout == MatrixLayout::kColumns) {
    matrix->by_columns = std::make_shared<const ColumnMatrix<float>>(*matrix);
  }
}

void PrepareFor(const FloatKernels& kernels, NetworkWeights* weights) {
  ForEachMatrix(weights, [&](CsrMatrix* m) { PrepareFor(kernels, m); });
  ForEachVector(weights, [&](auto* v) { weights->owned.Take(v); });
}

}  // namespace tacet
