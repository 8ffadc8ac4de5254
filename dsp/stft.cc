// SPDX-License-Identifier: Apache-2.0
#include "dsp/stft.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "dsp/vector_clones.h"

namespace tacet {
namespace {

TACET_VECTOR_CLONES
void Multiply(std::span<const float> window, std::span<const float> x,
              std::span<float> y) noexcept {
  for (size_t n = 0; n < y.size(); ++n) y[n] = window[n] * x[n];
}

TACET_VECTOR_CLONES
void MultiplyAdd(std::span<const float> window, const float* x,
                 std::span<float> y) noexcept {
  for (size_t n = 0; n < y.size(); ++n) y[n] += window[n] * x[n];
}

}  // namespace

absl::StatusOr<std::unique_ptr<StftAnalysis>> StftAnalysis::Create(
    const FrontEnd& front_end) {
  absl::StatusOr<WindowPair> windows = MakeWindowPair(front_end);
  if (!windows.ok()) return windows.status();
  absl::StatusOr<std::unique_ptr<RealFft>> fft =
      RealFft::Create(front_end.window_size);
  if (!fft.ok()) return fft.status();
  return std::unique_ptr<StftAnalysis>(
      new StftAnalysis(front_end, *std::move(windows), *std::move(fft)));
}

StftAnalysis::StftAnalysis(const FrontEnd& front_end, WindowPair windows,
                           std::unique_ptr<RealFft> fft)
    : front_end_(front_end),
      window_(std::move(windows.analysis)),
      analysis_sum_(windows.analysis_sum),
      fft_(std::move(fft)),
      history_(front_end.window_size),
      frame_(front_end.window_size) {}

void StftAnalysis::Push(std::span<const float> hop,
                        std::span<std::complex<float>> spectrum) noexcept {
  assert(static_cast<int>(hop.size()) == front_end_.hop_size);
  assert(static_cast<int>(spectrum.size()) == front_end_.num_bins);
  std::copy(history_.begin() + front_end_.hop_size, history_.end(),
            history_.begin());
  std::copy(hop.begin(), hop.end(), history_.end() - front_end_.hop_size);
  Multiply(window_, history_, frame_);
  fft_->Forward(frame_, spectrum);
}

void StftAnalysis::Reset() noexcept {
  std::fill(history_.begin(), history_.end(), 0.0f);
}

absl::StatusOr<std::unique_ptr<StftSynthesis>> StftSynthesis::Create(
    const FrontEnd& front_end) {
  absl::StatusOr<WindowPair> windows = MakeWindowPair(front_end);
  if (!windows.ok()) return windows.status();
  absl::StatusOr<std::unique_ptr<RealFft>> fft =
      RealFft::Create(front_end.window_size);
  if (!fft.ok()) return fft.status();
  return std::unique_ptr<StftSynthesis>(
      new StftSynthesis(front_end, *std::move(windows), *std::move(fft)));
}

StftSynthesis::StftSynthesis(const FrontEnd& front_end, WindowPair windows,
                             std::unique_ptr<RealFft> fft)
    : front_end_(front_end),
      window_(windows.synthesis.end() - front_end.latency_samples,
              windows.synthesis.end()),
      fft_(std::move(fft)),
      frame_(front_end.window_size),
      overlap_(front_end.latency_samples) {}

void StftSynthesis::Push(std::span<const std::complex<float>> spectrum,
                         std::span<float> hop) noexcept {
  assert(static_cast<int>(spectrum.size()) == front_end_.num_bins);
  assert(static_cast<int>(hop.size()) == front_end_.hop_size);
  fft_->Inverse(spectrum, frame_);
  const float* tail =
      frame_.data() + (front_end_.window_size - front_end_.latency_samples);
  MultiplyAdd(window_, tail, overlap_);
  std::copy_n(overlap_.begin(), front_end_.hop_size, hop.begin());
  std::copy(overlap_.begin() + front_end_.hop_size, overlap_.end(),
            overlap_.begin());
  std::fill(overlap_.end() - front_end_.hop_size, overlap_.end(), 0.0f);
}

void StftSynthesis::Reset() noexcept {
  std::fill(overlap_.begin(), overlap_.end(), 0.0f);
}

}  // namespace tacet
