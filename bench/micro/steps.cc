// SPDX-License-Identifier: Apache-2.0
// steps/BACKEND/MODEL/KERNELS: what all layers of a hop do between the matrix
// products: the state update with its activation; y with d x and ReLU; the
// gate, the residual and ReLU. Speech goes in; y and the gate are copied in
// front, as products would leave them.
#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bench/micro/benchmarks.h"
#include "bench/micro/speech.h"
#include "bench/micro/tokens.h"
#include "dsp/realtime.h"
#include "model/fixed/network.h"
#include "model/kernels/fixed_kernels.h"
#include "model/kernels/float_kernels.h"
#include "model/model_info.h"
#include "model/network.h"

namespace tacet {
namespace {

// Bytes that the vector kernels read and write a state and a unit of H.
//   float: a, scale, v, s twice, r, a pair each; d, x, y twice, then x, y, gate
//   and out
constexpr double kFloatStateBytes = 4 * 12, kFloatUnitBytes = 4 * 8;
//   fixed: a and scale as floats, v, s twice, a pair of 4 bytes each, r of 2,
//   two shifts; d, x, bias, shift and sum, sum, shift and y, then x, y, gate
//   and out
constexpr double kFixedStateBytes = 4 * 10 + 2 * 2 + 2,
                 kFixedUnitBytes = 13 + 7 + 8;

void SetRates(benchmark::State& state, const Model& model, double state_bytes,
              double unit_bytes) {
  const ModelMetadata& m = model.metadata();
  SetMacs(state, static_cast<double>(DescribeModel(model).elementwise_macs));
  SetBytes(state,
           m.num_layers * (state_bytes * m.num_states + unit_bytes * m.hidden));
}

void RunFloat(benchmark::State& state, const FloatKernels& kernels,
              const Model& model, const std::vector<FloatToken>& tokens) {
  NetworkWeights w = model.weights();
  PrepareFor(kernels, &w);
  const ModelMetadata& m = model.metadata();
  NetworkState states(model);
  NetworkScratch scratch(model);
  S5Scratch& s = scratch.layer;
  const ScopedFlushDenormals flush_denormals;
  size_t t = 0;
  for (auto _ : state) {
    for (size_t i = 0; i < w.layers.size(); ++i) {
      const auto& values = tokens[t].layers[i];
      std::ranges::copy(values.v_re, s.v_re.begin());
      std::ranges::copy(values.v_im, s.v_im.begin());
      std::ranges::copy(values.y, s.y.begin());
      kernels.step_states(w.layers[i], m.state_activation, s,
                          states.layers()[i]);
      kernels.finish_y(m.activation, w.layers[i].d, values.x, s.y);
      kernels.add_gated(m.activation, values.x, s.y, values.gate, scratch.x);
      benchmark::DoNotOptimize(scratch.x.data());
      benchmark::ClobberMemory();
    }
    if (++t == tokens.size()) t = 0;
  }
  SetRates(state, model, kFloatStateBytes, kFloatUnitBytes);
}

void RunFixed(benchmark::State& state, const FixedKernels& kernels,
              const Model& model, const std::vector<FixedToken>& tokens) {
  FixedWeights w = *model.fixed();
  PrepareFor(kernels, &w);
  const FixedSigmoid sigmoid;
  FixedState states(w);
  FixedScratch scratch(w);
  FixedS5Scratch& s = scratch.layer;
  size_t t = 0;
  for (auto _ : state) {
    for (size_t i = 0; i < w.layers.size(); ++i) {
      const auto& values = tokens[t].layers[i];
      std::ranges::copy(values.v_re, s.acc_re.begin());
      std::ranges::copy(values.v_im, s.acc_im.begin());
      std::ranges::copy(values.gate, s.gate.begin());
      kernels.step_states(w.layers[i], w.state_activation, s,
                          states.layers()[i]);
      kernels.start_y(w.layers[i], values.x, s.acc);
      kernels.round_relu(s.acc, w.layers[i].y_shift, s.y);
      kernels.add_gated(w.layers[i], sigmoid, values.x, s, scratch.x);
      benchmark::DoNotOptimize(scratch.x.data());
      benchmark::ClobberMemory();
    }
    if (++t == tokens.size()) t = 0;
  }
  SetRates(state, model, kFixedStateBytes, kFixedUnitBytes);
}

}  // namespace

void RegisterSteps(const NamedModels& all) {
  for (const auto& [name, model] : all) {
    const auto tokens =
        std::make_shared<const std::vector<FixedToken>>(FixedTokens(model));
    const std::string prefix = "steps/fixed/" + name;
    ForEachKernels(prefix, SupportedFixedKernels(), kFixedKernelNames,
                   [&, &model = model](const FixedKernels& kernels) {
                     benchmark::RegisterBenchmark(
                         (prefix + "/" + kernels.name).c_str(),
                         [&kernels, model, tokens](benchmark::State& state) {
                           RunFixed(state, kernels, *model, *tokens);
                         });
                   });
  }
  for (const auto& [name, model] : all) {
    const auto tokens =
        std::make_shared<const std::vector<FloatToken>>(FloatTokens(model));
    const std::string prefix = "steps/float/" + name;
    ForEachKernels(prefix, SupportedFloatKernels(), kFloatKernelNames,
                   [&, &model = model](const FloatKernels& kernels) {
                     benchmark::RegisterBenchmark(
                         (prefix + "/" + kernels.name).c_str(),
                         [&kernels, model, tokens](benchmark::State& state) {
                           RunFloat(state, kernels, *model, *tokens);
                         });
                   });
  }
}

}  // namespace tacet
