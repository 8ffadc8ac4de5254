// SPDX-License-Identifier: Apache-2.0
// The quantised features that the engine computes of a signal, to be compared
// with those of NumPy in double (training/fixed_golden.py compare).
//   fixed_features MODEL.tacet <SAMPLES.f32 >FEATURES.i16
// Samples are 16 kHz; a whole number of hops is read.
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <cstdio>
#include <span>
#include <vector>

#include "dsp/stft.h"
#include "model/feature.h"
#include "model/fixed/feature_quantiser.h"
#include "model/model.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto model = tacet::Model::LoadFile(argv[1]);
  if (!model.ok() || (*model)->fixed() == nullptr) return 2;
  const tacet::ModelMetadata& metadata = (*model)->metadata();
  const auto front_end =
      tacet::FrontEnd::Create(metadata.front_end.window, 16000);
  auto stft = tacet::StftAnalysis::Create(*front_end);
  if (!stft.ok()) return 2;
  tacet::Feature feature(metadata.feature);
  std::vector<float> hop(front_end->hop_size), features(feature.num_features());
  std::vector<std::complex<float>> spectrum(front_end->num_bins);
  std::vector<std::complex<float>> before(tacet::kNumPhaseBins);
  std::vector<std::complex<float>> turn(
      metadata.feature.has_phase() ? tacet::kNumPhaseBins : 0);
  const std::span<float> magnitude =
      std::span(features).first(tacet::kNumModelBins);
  std::vector<int16_t> q(features.size());
  const float scale = 1.0f / (*stft)->window_sum();
  while (std::fread(hop.data(), sizeof(float), hop.size(), stdin) ==
         hop.size()) {
    (*stft)->Push(hop, spectrum);
    for (size_t k = 0; k < magnitude.size(); ++k) {
      magnitude[k] = scale * std::abs(spectrum[k]);
    }
    for (size_t k = 0; k < turn.size(); ++k) {
      turn[k] = spectrum[k] * std::conj(before[k]);
    }
    std::copy_n(spectrum.begin(), before.size(), before.begin());
    feature.Compute(magnitude, features, turn);
    tacet::QuantiseFeatures(features, (*model)->fixed()->feature_exponent, q);
    std::fwrite(q.data(), sizeof(int16_t), q.size(), stdout);
  }
  return 0;
}
