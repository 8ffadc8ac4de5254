// SPDX-License-Identifier: Apache-2.0
#include "model/kernels/fixed_kernels.h"

#include <memory>
#include <vector>

#include "model/kernels/sliced_matrix.h"

#if defined(__x86_64__)
#include "model/kernels/fixed_avx512.h"
#endif

namespace tacet {
namespace {

std::vector<FixedKernels> Supported() {
  std::vector<FixedKernels> kernels;
#if defined(__x86_64__)
  if (CpuHasAvx512ForFixed()) {
    kernels.push_back({"avx512-vbmi-vnni", MultiplyAddAvx512, true});
  }
#endif
  kernels.push_back(ScalarFixedKernels());
  return kernels;
}

void Slice(FixedMatrix* matrix) {
  matrix->sliced = std::make_shared<const SlicedMatrix>(*matrix);
}

}  // namespace

std::span<const FixedKernels> SupportedFixedKernels() {
  static const std::vector<FixedKernels>* const kernels =
      new std::vector<FixedKernels>(Supported());
  return *kernels;
}

void PrepareFor(const FixedKernels& kernels, FixedWeights* weights) {
  if (!kernels.needs_slices) return;
  Slice(&weights->encoder.weight);
  for (FixedS5Weights& layer : weights->layers) {
    Slice(&layer.b_re);
    Slice(&layer.b_im);
    Slice(&layer.c_re);
    Slice(&layer.c_im);
    Slice(&layer.gate.weight);
  }
  Slice(&weights->decoder.weight);
}

}  // namespace tacet
