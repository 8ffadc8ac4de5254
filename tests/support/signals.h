// SPDX-License-Identifier: Apache-2.0
// Test signals and how they are compared. Equal on every machine.
#ifndef TACET_TESTS_SUPPORT_SIGNALS_H_
#define TACET_TESTS_SUPPORT_SIGNALS_H_

#include <cstdint>
#include <span>
#include <vector>

namespace tacet {

// Gaussian white noise of the given root mean square.
std::vector<float> WhiteNoise(int num_samples, uint32_t seed, float rms);

// x[n] = amplitude sin(2 pi hz n / rate_hz).
std::vector<float> Sine(int num_samples, double hz, double rate_hz,
                        double amplitude);

// A Hann-windowed sinc of cutoff_hz centred on sample centre, which may lie
// between samples; 1 at its centre, zero beyond +-half_width samples.
std::vector<float> BandLimitedPulse(int num_samples, double centre,
                                    double cutoff_hz, double rate_hz,
                                    double half_width);

// sum x^2.
double Energy(std::span<const float> x);

// 10 log10(sum (y - x)^2 / sum x^2): -infinity when equal.
//   x reference  y test [the same size]
double ErrorDb(std::span<const float> x, std::span<const float> y);

// Centre of a symmetric pulse, in samples: sum n x^2[n] / sum x^2[n]. Exact
// when x holds nothing above half the Nyquist frequency.
double PulseCentre(std::span<const float> x);

}  // namespace tacet

#endif  // TACET_TESTS_SUPPORT_SIGNALS_H_
