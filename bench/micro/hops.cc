// SPDX-License-Identifier: Apache-2.0
// hop/BACKEND/MODEL/RATE: a whole hop of 8 ms of a stream with one channel,
// from samples to samples, with the fastest kernels.
#include <memory>
#include <string>
#include <vector>

#include "bench/micro/benchmarks.h"
#include "bench/micro/speech.h"
#include "cli/backend.h"
#include "dsp/realtime.h"
#include "model/model_info.h"
#include "model/stream.h"

namespace tacet {
namespace {

void RunHop(benchmark::State& state, const std::shared_ptr<const Model>& model,
            Backend backend, int rate_hz) {
  const auto source = EstimatorsOf(model, backend);
  if (!source.ok()) {
    state.SkipWithError(std::string(source.status().message()).c_str());
    return;
  }
  StreamParams params;
  params.sample_rate_hz = rate_hz;
  const auto stream = Stream::Create(*source, params);
  if (!stream.ok()) Fail(std::string(stream.status().message()));
  const std::vector<float>& speech = SpeechSamples(rate_hz);
  const size_t hop_size = static_cast<size_t>((*stream)->front_end().hop_size);
  std::vector<float> out(hop_size);
  float* const out_data = out.data();
  const ScopedFlushDenormals flush_denormals;
  size_t from = speech.size() / 2 / hop_size * hop_size;
  for (auto _ : state) {
    const float* const in = speech.data() + from;
    (*stream)->Process({&in, 1}, {&out_data, 1}, static_cast<int>(hop_size));
    benchmark::DoNotOptimize(out.data());
    from += hop_size;
    if (from + hop_size > speech.size()) from = 0;
  }
  const ModelInfo info = DescribeModel(*model);
  SetMacs(state, static_cast<double>(info.macs_per_token()));
  // Of the network's constants: what a hop reads besides a few kilobytes.
  SetBytes(state, static_cast<double>(backend == Backend::kFloat
                                          ? info.sparse_float_bytes
                                          : info.sparse_fixed_bytes));
  state.counters["times_real_time"] = benchmark::Counter(
      1.0 / kTokensPerSecond, benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace

void RegisterHops(const NamedModels& all) {
  for (const Backend backend :
       {Backend::kFixed, Backend::kFloat, Backend::kNeuromorphic}) {
    for (const NamedModel& named : all) {
      for (const int rate_hz : {16000, 48000}) {
        const std::string name = std::string("hop/") + BackendName(backend) +
                                 "/" + named.name + "/" +
                                 std::to_string(rate_hz);
        benchmark::RegisterBenchmark(
            name.c_str(),
            [model = named.model, backend, rate_hz](benchmark::State& state) {
              RunHop(state, model, backend, rate_hz);
            });
      }
    }
  }
}

}  // namespace tacet
