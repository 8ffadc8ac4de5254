// SPDX-License-Identifier: Apache-2.0
#include "bench/model_products.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <random>
#include <vector>

#include "bench/cpu_time.h"
#include "model/kernels/fixed_kernels.h"
#include "model/kernels/float_kernels.h"
#include "model/model.h"

namespace tacet {
namespace {

constexpr int kHops = 8;

template <typename Affine, typename Layers, typename Function>
void ForEach(const Affine& encoder, const Layers& layers, const Affine& decoder,
             const Function& function) {
  function(encoder);
  for (const auto& layer : layers) {
    for (const auto* m : {&layer.b_re, &layer.b_im, &layer.c_re, &layer.c_im}) {
      function(*m);
    }
    if constexpr (requires { layer.gate.weight; }) {
      function(layer.gate.weight);
    } else {
      function(layer.gate);
    }
  }
  function(decoder);
}

double MedianMicroseconds(int num_rounds, const std::function<void()>& hop) {
  std::vector<double> times;
  hop();
  for (int round = 0; round < num_rounds; ++round) {
    const double start = CpuMicroseconds();
    for (int t = 0; t < kHops; ++t) hop();
    times.push_back((CpuMicroseconds() - start) / kHops);
  }
  std::ranges::nth_element(times, times.begin() + times.size() / 2);
  return times[times.size() / 2];
}

// Half of them 0.
template <typename T>
std::vector<T> Activations(size_t size) {
  std::mt19937 engine(1);
  std::vector<T> x(size);
  for (T& v : x) {
    v = engine() % 2 == 0 ? T{0} : static_cast<T>(engine() % 30000);
  }
  return x;
}

double TimeFixed(const FixedWeights& of_file, int num_rounds) {
  const FixedKernels& kernels = SupportedFixedKernels().front();
  FixedWeights weights = of_file;
  PrepareFor(kernels, &weights);
  const auto x = Activations<int16_t>(4096);
  std::vector<int32_t> acc(4096);
  return MedianMicroseconds(num_rounds, [&] {
    ForEach(weights.encoder.weight, weights.layers, weights.decoder.weight,
            [&](const FixedMatrix& m) {
              kernels.multiply_add(m, std::span(x).first(m.num_columns),
                                   std::span(acc).first(m.num_rows));
            });
  });
}

double TimeFloat(const NetworkWeights& of_file, int num_rounds) {
  const FloatKernels& kernels = SupportedFloatKernels().front();
  NetworkWeights weights = of_file;
  PrepareFor(kernels, &weights);
  const auto x = Activations<float>(4096);
  std::vector<float> y(4096);
  return MedianMicroseconds(num_rounds, [&] {
    ForEach(weights.encoder, weights.layers, weights.decoder,
            [&](const CsrMatrix& m) {
              kernels.multiply_add(m, std::span(x).first(m.num_columns),
                                   std::span(y).first(m.num_rows));
            });
  });
}

}  // namespace

int TimeModelProducts(const std::string& path, int num_rounds) {
  const auto model = Model::LoadFile(path);
  if (!model.ok() || (*model)->fixed() == nullptr) {
    std::fprintf(stderr, "product_bench: %s: %s\n", path.c_str(),
                 model.ok() ? "no fixed-point weights"
                            : std::string(model.status().message()).c_str());
    return 1;
  }
  std::printf("{\"fixed_us\": %.3f, \"float_us\": %.3f}\n",
              TimeFixed(*(*model)->fixed(), num_rounds),
              TimeFloat((*model)->weights(), num_rounds));
  return 0;
}

}  // namespace tacet
