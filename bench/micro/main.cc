// SPDX-License-Identifier: Apache-2.0
//
// micro_bench [--benchmark_filter=REGEX ...]: the parts of a hop, one by one,
// on Google Benchmark, whose options it takes. The models are those built in,
// the signal is the noisy speech of docs/sample/.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>

#include "bench/micro/benchmarks.h"

namespace tacet {

void Fail(const std::string& message) {
  std::fprintf(stderr, "micro_bench: %s\n", message.c_str());
  std::exit(1);
}

void RegisterSkipped(const std::string& name, std::string_view kernels) {
  benchmark::RegisterBenchmark(
      name.c_str(),
      [message = "no " + std::string(kernels) + " on this processor"](
          benchmark::State& state) { state.SkipWithError(message.c_str()); });
}

void SetMacs(benchmark::State& state, double macs_per_iteration) {
  state.counters["MACs_per_second"] = benchmark::Counter(
      macs_per_iteration, benchmark::Counter::kIsIterationInvariantRate);
}

void SetBytes(benchmark::State& state, double bytes_per_iteration) {
  state.counters["bytes_per_second"] = benchmark::Counter(
      bytes_per_iteration, benchmark::Counter::kIsIterationInvariantRate);
}

namespace {

NamedModels LoadAll() {
  NamedModels all;
  for (const std::string& name : Model::BuiltinNames()) {
    auto model = Model::Builtin(name);
    if (!model.ok()) Fail(std::string(model.status().message()));
    all.push_back({name, *std::move(model)});
  }
  return all;
}

}  // namespace
}  // namespace tacet

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  const tacet::NamedModels all = tacet::LoadAll();
  tacet::RegisterFft();
  tacet::RegisterStft();
  tacet::RegisterProducts(all);
  tacet::RegisterSteps(all);
  tacet::RegisterHops(all);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
