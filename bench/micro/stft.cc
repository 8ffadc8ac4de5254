// SPDX-License-Identifier: Apache-2.0
// stft_analysis/RATE and stft_synthesis/RATE: a hop of 8 ms of the engine at a
// rate in Hz, with the fastest transform.
#include "dsp/stft.h"

#include <complex>
#include <span>
#include <string>
#include <vector>

#include "bench/micro/benchmarks.h"
#include "bench/micro/speech.h"

namespace tacet {
namespace {

FrontEnd FrontEndAt(int rate_hz) {
  const auto front_end = FrontEnd::Create(WindowKind::kSqrtHann, rate_hz);
  if (!front_end.ok()) Fail(std::string(front_end.status().message()));
  return *front_end;
}

double BytesOf(const FrontEnd& front_end) {
  return static_cast<double>(sizeof(float)) * front_end.hop_size +
         static_cast<double>(sizeof(std::complex<float>)) * front_end.num_bins;
}

void RunAnalysis(benchmark::State& state, int rate_hz) {
  const FrontEnd front_end = FrontEndAt(rate_hz);
  const auto analysis = StftAnalysis::Create(front_end);
  if (!analysis.ok()) Fail(std::string(analysis.status().message()));
  const std::vector<float> speech = SpeechSamples(rate_hz);
  std::vector<std::complex<float>> spectrum(front_end.num_bins);
  const size_t hop_size = static_cast<size_t>(front_end.hop_size);
  size_t from = 0;
  for (auto _ : state) {
    (*analysis)->Push(std::span(speech).subspan(from, hop_size), spectrum);
    benchmark::DoNotOptimize(spectrum.data());
    from += hop_size;
    if (from + hop_size > speech.size()) from = 0;
  }
  SetBytes(state, BytesOf(front_end));
}

void RunSynthesis(benchmark::State& state, int rate_hz) {
  const FrontEnd front_end = FrontEndAt(rate_hz);
  const auto analysis = StftAnalysis::Create(front_end);
  const auto synthesis = StftSynthesis::Create(front_end);
  if (!analysis.ok() || !synthesis.ok()) Fail("stft: no plan");
  const std::vector<float> speech = SpeechSamples(rate_hz);
  std::vector<std::complex<float>> spectrum(front_end.num_bins);
  const size_t hop_size = static_cast<size_t>(front_end.hop_size);
  for (size_t i = 0; i < speech.size() / 2 / hop_size; ++i) {
    (*analysis)->Push(std::span(speech).subspan(i * hop_size, hop_size),
                      spectrum);
  }
  std::vector<float> hop(hop_size);
  for (auto _ : state) {
    (*synthesis)->Push(spectrum, hop);
    benchmark::DoNotOptimize(hop.data());
    benchmark::ClobberMemory();
  }
  SetBytes(state, BytesOf(front_end));
}

}  // namespace

void RegisterStft() {
  for (const int rate_hz : {16000, 48000}) {
    const std::string rate = std::to_string(rate_hz);
    benchmark::RegisterBenchmark(
        ("stft_analysis/" + rate).c_str(),
        [rate_hz](benchmark::State& state) { RunAnalysis(state, rate_hz); });
    benchmark::RegisterBenchmark(
        ("stft_synthesis/" + rate).c_str(),
        [rate_hz](benchmark::State& state) { RunSynthesis(state, rate_hz); });
  }
}

}  // namespace tacet
