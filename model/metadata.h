// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_METADATA_H_
#define TACET_MODEL_METADATA_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "dsp/front_end.h"
#include "dsp/mask_post_filter.h"
#include "model/activation.h"
#include "model/mask_rule.h"

namespace tacet {

// One token is one hop: 8 ms at every rate.
inline constexpr double kTokensPerSecond = 125.0;

enum class FeatureKind {
  kMagnitude,
  kLevelNormalised,
  kLevelNormalisedPhase,
  kLevelNormalisedPhaseFloor
};

// Bins whose phase is a feature too: those below 4 kHz, where voices have
// harmonics.
inline constexpr int kNumPhaseBins = 128;

// How spectra become features; which fields count depends on kind.
struct FeatureParams {
  FeatureKind kind = FeatureKind::kMagnitude;
  double offset = 0;  // kMagnitude: subtracted, in -1..1
  // Of the level-normalised kinds:
  double power = 1;   // exponent, in 0.01..2
  double time_s = 1;  // of the level, in 0.001..3600 s
  double floor = 1;   // least level, in 1e-9..1

  bool has_phase() const {
    return kind == FeatureKind::kLevelNormalisedPhase || has_floor();
  }
  bool has_floor() const {
    return kind == FeatureKind::kLevelNormalisedPhaseFloor;
  }
  // Columns of the encoder.
  int num_features() const {
    return kNumModelBins + (has_phase() ? 2 * kNumPhaseBins : 0) +
           (has_floor() ? kNumModelBins : 0);
  }
};

// What the metadata of a model file says, checked and with types.
struct ModelMetadata {
  int version = 1;  // 1: float weights alone; 2: and fixed-point ones
  std::string name;
  FrontEndId front_end;
  int num_bins = kNumModelBins;
  int hidden = 0;      // H, 1..4096
  int num_states = 0;  // P, 1..4096
  int num_layers = 0;  // L, 1..16
  FeatureParams feature;
  MaskRule mask = MaskRule::kOnePlus;
  MaskPostFilterParams post_filter;  // only changes masks of at most 1
  Activation activation = Activation::kRelu;
  StateActivation state_activation = StateActivation::kGateRe;
  int fixed_state_bits = 0;  // version 2: of a state in fixed point, 16 or 24
  std::string provenance;    // JSON text
  std::string sha256;        // of the data section, not compared here

  // Rows of the decoder.
  int num_outputs() const {
    return mask == MaskRule::kComplex ? 3 * num_bins : num_bins;
  }
};

// The file's words for the enumerators.
std::string_view FeatureName(FeatureKind feature);
std::string_view MaskName(MaskRule mask);
std::string_view ActivationName(Activation activation);
std::string_view StateActivationName(StateActivation activation);

// Reads the metadata of a model file (docs/model-format.md, "Metadata"). Keys
// that it does not know are ignored.
// Errors: InvalidArgument, one line: key, found, expected.
// Thread: any. Realtime-safe: no.
absl::StatusOr<ModelMetadata> ParseMetadata(
    const std::map<std::string, std::string, std::less<>>& values);

}  // namespace tacet

#endif  // TACET_MODEL_METADATA_H_
