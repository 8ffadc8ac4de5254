// SPDX-License-Identifier: Apache-2.0
// The quantised features that the engine computes of a signal, to be compared
// with those of NumPy in double (training/fixed_golden.py compare).
//   fixed_features MODEL.tacet <SAMPLES.f32 >FEATURES.i16
// Samples are 16 kHz; a whole number of hops is read.
#include <cmath>
#include <complex>
#include <cstdint>
#include <cstdio>
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
  std::vector<float> hop(front_end->hop_size), features(tacet::kNumModelBins);
  std::vector<std::complex<float>> spectrum(front_end->num_bins);
  std::vector<int16_t> q(features.size());
  const float scale = 1.0f / (*stft)->window_sum();
  while (std::fread(hop.data(), sizeof(float), hop.size(), stdin) ==
         hop.size()) {
    (*stft)->Push(hop, spectrum);
    for (size_t k = 0; k < features.size(); ++k) {
      features[k] = scale * std::abs(spectrum[k]);
    }
    feature.Compute(features, features);
    tacet::QuantiseFeatures(features, (*model)->fixed()->feature_exponent, q);
    std::fwrite(q.data(), sizeof(int16_t), q.size(), stdout);
  }
  return 0;
}
