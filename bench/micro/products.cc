// SPDX-License-Identifier: Apache-2.0
// products/BACKEND/MODEL/KERNELS: all matrix products of a hop of a built-in
// model, of the weights that ship and the activations of speech, without the
// loops between them.
#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bench/matrices.h"
#include "bench/micro/benchmarks.h"
#include "bench/micro/speech.h"
#include "bench/micro/tokens.h"
#include "dsp/realtime.h"
#include "model/kernels/fixed_kernels.h"
#include "model/kernels/float_kernels.h"

namespace tacet {
namespace {

// To read of a weight: its value and its column's number in a byte.
constexpr double kFixedBytes = 2, kFloatBytes = 5;

template <typename Sum, typename Kernels, typename Weights, typename Token>
void RunProducts(benchmark::State& state, const Kernels& kernels,
                 const Weights& weights, const std::vector<Token>& tokens,
                 double bytes_per_weight) {
  Weights prepared = weights;
  PrepareFor(kernels, &prepared);
  size_t most_rows = 0;
  double num_weights = 0;
  ForEachMatrix(weights, [&](const auto& m) {
    most_rows = std::max<size_t>(most_rows, m.num_rows);
    num_weights += static_cast<double>(m.values.size());
  });
  const std::vector<Sum> zeros(most_rows);
  std::vector<Sum> sums(most_rows);
  using Inputs = decltype(tokens[0].Inputs());
  std::vector<Inputs> inputs;
  for (const Token& token : tokens) inputs.push_back(token.Inputs());
  const ScopedFlushDenormals flush_denormals;
  size_t t = 0;
  for (auto _ : state) {
    auto x = inputs[t].begin();
    ForEachMatrix(prepared, [&](const auto& m) {
      kernels.multiply(m, *x++, std::span(zeros).first(m.num_rows),
                       std::span(sums).first(m.num_rows));
      benchmark::DoNotOptimize(sums.data());
      benchmark::ClobberMemory();
    });
    if (++t == inputs.size()) t = 0;
  }
  SetMacs(state, num_weights);
  SetBytes(state, bytes_per_weight * num_weights);
}

}  // namespace

void RegisterProducts(const NamedModels& all) {
  for (const auto& [name, model] : all) {
    const auto tokens =
        std::make_shared<const std::vector<FixedToken>>(FixedTokens(model));
    const std::string prefix = "products/fixed/" + name;
    ForEachKernels(prefix, SupportedFixedKernels(), kFixedKernelNames,
                   [&, &model = model](const FixedKernels& kernels) {
                     benchmark::RegisterBenchmark(
                         (prefix + "/" + kernels.name).c_str(),
                         [&kernels, model, tokens](benchmark::State& state) {
                           RunProducts<int32_t>(state, kernels, *model->fixed(),
                                                *tokens, kFixedBytes);
                         });
                   });
  }
  for (const auto& [name, model] : all) {
    const auto tokens =
        std::make_shared<const std::vector<FloatToken>>(FloatTokens(model));
    const std::string prefix = "products/float/" + name;
    ForEachKernels(prefix, SupportedFloatKernels(), kFloatKernelNames,
                   [&, &model = model](const FloatKernels& kernels) {
                     benchmark::RegisterBenchmark(
                         (prefix + "/" + kernels.name).c_str(),
                         [&kernels, model, tokens](benchmark::State& state) {
                           RunProducts<float>(state, kernels, model->weights(),
                                              *tokens, kFloatBytes);
                         });
                   });
  }
}

}  // namespace tacet
