// SPDX-License-Identifier: Apache-2.0
#include "tests/support/signals.h"

#include <cassert>
#include <cmath>
#include <numbers>
#include <random>

namespace tacet {

using std::numbers::pi;

std::vector<float> WhiteNoise(int num_samples, uint32_t seed, float rms) {
  // The generator is the same everywhere, std::normal_distribution is not;
  // hence Box and Muller 1958.
  std::mt19937 generator(seed);
  auto uniform = [&] { return (generator() + 0.5) / 4294967296.0; };
  std::vector<float> x(num_samples);
  for (float& sample : x) {
    const double radius = std::sqrt(-2.0 * std::log(uniform()));
    sample = static_cast<float>(rms * radius * std::cos(2.0 * pi * uniform()));
  }
  return x;
}

std::vector<float> Sine(int num_samples, double hz, double rate_hz,
                        double amplitude) {
  std::vector<float> x(num_samples);
  for (int n = 0; n < num_samples; ++n) {
    x[n] =
        static_cast<float>(amplitude * std::sin(2.0 * pi * hz * n / rate_hz));
  }
  return x;
}

std::vector<float> BandLimitedPulse(int num_samples, double centre,
                                    double cutoff_hz, double rate_hz,
                                    double half_width) {
  std::vector<float> x(num_samples);
  for (int n = 0; n < num_samples; ++n) {
    const double t = n - centre;
    if (std::abs(t) >= half_width) continue;
    const double phase = 2.0 * pi * cutoff_hz / rate_hz * t;
    const double sinc = phase == 0.0 ? 1.0 : std::sin(phase) / phase;
    const double hann = 0.5 + 0.5 * std::cos(pi * t / half_width);
    x[n] = static_cast<float>(sinc * hann);
  }
  return x;
}

double Energy(std::span<const float> x) {
  double energy = 0.0;
  for (double sample : x) energy += sample * sample;
  return energy;
}

double ErrorDb(std::span<const float> x, std::span<const float> y) {
  assert(x.size() == y.size());
  double error = 0.0;
  for (size_t n = 0; n < x.size(); ++n) {
    const double difference = static_cast<double>(y[n]) - x[n];
    error += difference * difference;
  }
  return 10.0 * std::log10(error / Energy(x));
}

double PulseCentre(std::span<const float> x) {
  double moment = 0.0;
  for (size_t n = 0; n < x.size(); ++n) {
    moment += static_cast<double>(n) * x[n] * x[n];
  }
  return moment / Energy(x);
}

}  // namespace tacet
