// SPDX-License-Identifier: Apache-2.0
#include "daemon/drift_resampler.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <numbers>

namespace tacet {
namespace {

constexpr double kOne = 4294967296.0;  // 2^32
constexpr double kKaiserBeta = 8.0;

// Four sums at once: the compiler may not make them of one by itself, since
// that is another order of additions.
constexpr int kLanes = 4;
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));
static_assert(DriftResampler::kTaps % kLanes == 0);

Lanes Load(const float* x) {
  Lanes lanes;
  std::memcpy(&lanes, x, sizeof(lanes));
  return lanes;
}

float Sum(const Lanes& x) { return (x[0] + x[1]) + (x[2] + x[3]); }

double BesselI0(double x) {
  double term = 1.0;
  double sum = 1.0;
  for (int k = 1; k < 40; ++k) {
    term *= (x / (2.0 * k)) * (x / (2.0 * k));
    sum += term;
  }
  return sum;
}

// Kaiser-windowed sinc at t samples from its centre.
double Kernel(double t) {
  const double half = DriftResampler::kTaps / 2.0;
  if (std::abs(t) >= half) return 0.0;
  const double sinc =
      t == 0.0 ? 1.0 : std::sin(std::numbers::pi * t) / (std::numbers::pi * t);
  const double u = t / half;
  return sinc * BesselI0(kKaiserBeta * std::sqrt(1.0 - u * u)) /
         BesselI0(kKaiserBeta);
}

}  // namespace

DriftResampler::DriftResampler(int num_channels)
    : num_channels_(num_channels),
      step_(uint64_t{1} << 32),
      table_((kPhases + 1) * kTaps),
      samples_(static_cast<size_t>(num_channels) * kChannelSize) {
  assert(num_channels >= 1);
  // Tap i weighs the sample that is i - (kTaps - 1 - kDelay) - phase samples
  // from the output's position; those at whole distances are exactly 0 or 1.
  // Their sum is made 1, so that a constant stays what it is at every position.
  for (int p = 0; p <= kPhases; ++p) {
    std::array<double, kTaps> taps;
    double sum = 0.0;
    for (int i = 0; i < kTaps; ++i) {
      const int whole = i - (kTaps - 1 - kDelay);
      taps[i] = Kernel(whole - static_cast<double>(p) / kPhases);
      if (p == 0) taps[i] = whole == 0 ? 1.0 : 0.0;
      if (p == kPhases) taps[i] = whole == 1 ? 1.0 : 0.0;
      sum += taps[i];
    }
    for (int i = 0; i < kTaps; ++i) {
      table_[p * kTaps + i] = static_cast<float>(taps[i] / sum);
    }
  }
}

int DriftResampler::FramesNeeded(int num_frames) const noexcept {
  return static_cast<int>(
      (phase_ + step_ * static_cast<uint64_t>(num_frames)) >> 32);
}

void DriftResampler::Process(std::span<const float> in,
                             std::span<float> out) noexcept {
  const int num_frames = static_cast<int>(out.size()) / num_channels_;
  assert(static_cast<int>(in.size()) ==
         FramesNeeded(num_frames) * num_channels_);
  // In chunks: a sample that is read, four at a time, right after it was
  // written alone holds the processor up.
  const float* next = in.data();
  for (int done = 0; done < num_frames; done += kChunk) {
    const int count = std::min(kChunk, num_frames - done);
    const int taken = FramesNeeded(count);
    Append(next, taken);
    next += taken * num_channels_;
    int at = 0;
    for (int j = 0; j < count; ++j) {
      phase_ += step_;
      at += static_cast<int>(phase_ >> 32);
      phase_ &= 0xffffffffu;
      Interpolate(at, out.data() + (done + j) * num_channels_);
    }
    assert(at == taken);
    for (int c = 0; c < num_channels_; ++c) {
      float* channel = samples_.data() + c * kChannelSize;
      std::copy_n(channel + taken, kTaps, channel);
    }
  }
}

void DriftResampler::Append(const float* frames, int num_frames) noexcept {
  assert(num_frames <= kChunkTakes);
  for (int c = 0; c < num_channels_; ++c) {
    float* channel = samples_.data() + c * kChannelSize + kTaps;
    for (int i = 0; i < num_frames; ++i) {
      channel[i] = frames[i * num_channels_ + c];
    }
  }
}

// y = Σ (l[i] + f (h[i] − l[i])) x[i] = L + f (H − L) with the sums L = Σ l[i]
// x[i] and H = Σ h[i] x[i] of the table's rows below and above the phase.
void DriftResampler::Interpolate(int at, float* frame) const noexcept {
  const uint64_t scaled = phase_ * kPhases;
  const float* low = table_.data() + (scaled >> 32) * kTaps;
  const float* high = low + kTaps;
  const float fraction =
      static_cast<float>(static_cast<double>(scaled & 0xffffffffu) / kOne);
  for (int c = 0; c < num_channels_; ++c) {
    const float* samples = samples_.data() + c * kChannelSize + at;
    Lanes low_sums = {};
    Lanes high_sums = {};
    for (int i = 0; i < kTaps; i += kLanes) {
      const Lanes x = Load(samples + i);
      low_sums += Load(low + i) * x;
      high_sums += Load(high + i) * x;
    }
    const float low_sum = Sum(low_sums);
    frame[c] = low_sum + fraction * (Sum(high_sums) - low_sum);
  }
}

void DriftResampler::SetRatio(double ratio) noexcept {
  const double clamped =
      std::clamp(ratio, 1.0 - kMaxDeviation, 1.0 + kMaxDeviation);
  step_ = static_cast<uint64_t>(std::llround(clamped * kOne));
}

double DriftResampler::ratio() const noexcept {
  return static_cast<double>(step_) / kOne;
}

double DriftResampler::phase() const noexcept {
  return static_cast<double>(phase_) / kOne;
}

void DriftResampler::Reset() noexcept {
  std::fill(samples_.begin(), samples_.end(), 0.0f);
  phase_ = 0;
}

}  // namespace tacet
