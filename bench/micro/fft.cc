// SPDX-License-Identifier: Apache-2.0
// fft/SIZE/KERNELS: a transform of SIZE samples and the inverse.
#include "dsp/fft.h"

#include <cmath>
#include <complex>
#include <memory>
#include <string>
#include <vector>

#include "bench/micro/benchmarks.h"
#include "bench/micro/speech.h"

namespace tacet {
namespace {

constexpr std::string_view kKernelNames[] = {"avx512", "avx2", "baseline",
                                             "kissfft"};

struct Named {
  std::string_view name;
};

void RunPair(benchmark::State& state, int size, std::string_view kernels) {
  const auto fft = RealFft::Create(size, kernels);
  if (!fft.ok()) {
    state.SkipWithError(std::string(fft.status().message()).c_str());
    return;
  }
  std::vector<float> x = SpeechSamples(16000);
  x.erase(x.begin(), x.begin() + static_cast<int>(x.size()) / 2);
  x.resize(size);
  std::vector<std::complex<float>> bins((*fft)->num_bins());
  for (auto _ : state) {
    (*fft)->Forward(x, bins);
    (*fft)->Inverse(bins, x);
    benchmark::DoNotOptimize(x.data());
    benchmark::ClobberMemory();
  }
  // 2.5 N log2 N a real transform, as is usual, however many it takes.
  state.counters["flops_per_second"] =
      benchmark::Counter(5.0 * size * std::log2(size),
                         benchmark::Counter::kIsIterationInvariantRate);
  // Samples and bins, each read and written.
  SetBytes(state, 2.0 * static_cast<double>(sizeof(float) * x.size() +
                                            sizeof(bins[0]) * bins.size()));
}

}  // namespace

void RegisterFft() {
  std::vector<Named> supported;
  for (const std::string_view name : RealFft::Kernels()) {
    supported.push_back({name});
  }
  for (const int size : {512, 1536}) {
    const std::string prefix = "fft/" + std::to_string(size);
    ForEachKernels(prefix, supported, kKernelNames, [&](const Named& kernels) {
      benchmark::RegisterBenchmark(
          (prefix + "/" + std::string(kernels.name)).c_str(),
          [size, name = kernels.name](benchmark::State& state) {
            RunPair(state, size, name);
          });
    });
  }
}

}  // namespace tacet
