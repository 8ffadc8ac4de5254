// SPDX-License-Identifier: Apache-2.0
// The groups of bench/micro_bench. Each registers one benchmark for each thing
// by its name, NAME/WHAT/KERNELS; kernels that this CPU or this build has not
// are registered too and report that, so that none is missing in silence.
#ifndef TACET_BENCH_MICRO_BENCHMARKS_H_
#define TACET_BENCH_MICRO_BENCHMARKS_H_

#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/model.h"

namespace tacet {

struct NamedModel {
  std::string name;  // as Model::Builtin
  std::shared_ptr<const Model> model;
};
using NamedModels = std::vector<NamedModel>;

void RegisterFft();   // fft/SIZE/KERNELS
void RegisterStft();  // stft_analysis/RATE, ...
void RegisterProducts(
    const NamedModels& all);                 // products/BACKEND/MODEL/KERNELS
void RegisterSteps(const NamedModels& all);  // steps/BACKEND/MODEL/KERNELS
void RegisterHops(const NamedModels& all);   // hop/BACKEND/MODEL/RATE

// Registers a benchmark that reports that there are no such kernels here.
void RegisterSkipped(const std::string& name, std::string_view kernels);

// Ends the program with a word on standard error.
[[noreturn]] void Fail(const std::string& message);

// Rates in processor time of what an iteration does.
void SetMacs(benchmark::State& state, double macs_per_iteration);
void SetBytes(benchmark::State& state, double bytes_per_iteration);

// Calls found(kernels) for each supported kernels of a name in `known`, in that
// order, and RegisterSkipped(prefix + "/" + NAME) for the others; Fail where
// kernels are supported that are not known: the list is to be kept complete.
//   supported  a span of structs with a name
template <typename Kernels, typename Names, typename Found>
void ForEachKernels(const std::string& prefix, const Kernels& supported,
                    const Names& known, const Found& found) {
  for (const auto& kernels : supported) {
    if (std::ranges::find(known, std::string_view(kernels.name)) ==
        std::ranges::end(known)) {
      Fail("kernels " + std::string(kernels.name) + " are not in the list");
    }
  }
  for (const std::string_view name : known) {
    const auto kernels = std::ranges::find_if(
        supported, [&](const auto& k) { return k.name == name; });
    if (kernels == std::ranges::end(supported)) {
      RegisterSkipped(prefix + "/" + std::string(name), name);
    } else {
      found(*kernels);
    }
  }
}

// Of all processors.
inline constexpr std::string_view kFixedKernelNames[] = {
    "avx512-vbmi-vnni", "avx512", "avx2", "neon", "columns", "scalar"};
inline constexpr std::string_view kFloatKernelNames[] = {
    "avx512-vbmi", "avx2", "neon", "columns", "scalar"};

}  // namespace tacet

#endif  // TACET_BENCH_MICRO_BENCHMARKS_H_
