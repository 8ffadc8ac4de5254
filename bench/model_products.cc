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

// A matrix, or that of an affine map.
template <typename Map>
const auto& MatrixOf(const Map& map) {
  if constexpr (requires { map.weight; }) {
    return map.weight;
  } else {
    return map;
  }
}

template <typename Weights, typename Function>
void ForEachMatrix(const Weights& weights, const Function& function) {
  function(MatrixOf(weights.encoder));
  for (const auto& layer : weights.layers) {
    for (const auto* m : {&layer.b_re, &layer.b_im, &layer.c_re, &layer.c_im}) {
      function(*m);
    }
    function(MatrixOf(layer.gate));
  }
  function(MatrixOf(weights.decoder));
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

//   T, Sum  of activations and of what products add to
template <typename T, typename Sum, typename Kernels, typename Weights>
double TimeProducts(const Kernels& kernels, Weights weights, int num_rounds) {
  PrepareFor(kernels, &weights);
  const auto x = Activations<T>(4096);
  std::vector<Sum> sums(4096);
  return MedianMicroseconds(num_rounds, [&] {
    ForEachMatrix(weights, [&](const auto& m) {
      kernels.multiply_add(m, std::span(x).first(m.num_columns),
                           std::span(sums).first(m.num_rows));
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
              TimeProducts<int16_t, int32_t>(SupportedFixedKernels().front(),
                                             *(*model)->fixed(), num_rounds),
              TimeProducts<float, float>(SupportedFloatKernels().front(),
                                         (*model)->weights(), num_rounds));
  return 0;
}

}  // namespace tacet
