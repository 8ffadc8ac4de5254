// SPDX-License-Identifier: Apache-2.0
#include "model/metadata.h"

#include <charconv>
#include <initializer_list>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "model/safetensors_header.h"
#include "model/str_cat.h"

namespace tacet {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

constexpr int kMaxWidth = 4096;
constexpr int kMaxLayers = 16;

// Reads values one after the other and keeps the first error, so that the
// caller reads as a list of keys.
class Reader {
 public:
  explicit Reader(const Values& values) : values_(values) {}

  const absl::Status& status() const { return status_; }

  std::string Text(std::string_view key,
                   std::string_view expected = "a value") {
    const auto found = values_.find(key);
    if (found != values_.end()) return found->second;
    Refuse(key, "missing", expected);
    return "";
  }

  void Exactly(std::string_view key, std::string_view expected) {
    const std::string text = Text(key, expected);
    if (text != expected) Refuse(key, text, expected);
  }

  int Integer(std::string_view key, int least, int most) {
    return Number<int>(key, least, most);
  }

  double Real(std::string_view key, double least, double most) {
    return Number<double>(key, least, most);
  }

  // For keys that came later: `otherwise` where the file has none.
  double RealOr(double otherwise, std::string_view key, double least,
                double most) {
    return values_.contains(key) ? Real(key, least, most) : otherwise;
  }

  // name turns an enumerator into the file's word for it.
  template <typename Enum, typename Name>
  Enum OneOf(std::string_view key, Name name,
             std::initializer_list<Enum> choices) {
    const std::string expected = absl::StrJoin(
        choices, " or ", [name](std::string* out, Enum e) { *out += name(e); });
    const std::string text = Text(key, expected);
    for (Enum choice : choices) {
      if (text == name(choice)) return choice;
    }
    Refuse(key, text, expected);
    return *choices.begin();
  }

  void Refuse(std::string_view key, std::string_view found,
              std::string_view expected) {
    if (!status_.ok()) return;
    status_ = absl::InvalidArgumentError(StrCat(
        "metadata ", key, ": ", found.empty() ? "empty" : Printable(found),
        ", expected ", expected));
  }

 private:
  template <typename T>
  T Number(std::string_view key, T least, T most) {
    const std::string expected = StrCat(least, " to ", most);
    const std::string text = Text(key, expected);
    T value{};
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value);
    // A NaN fails both comparisons.
    if (error != std::errc() || end != text.data() + text.size() ||
        !(value >= least && value <= most)) {
      Refuse(key, text, expected);
      return least;
    }
    return value;
  }

  const Values& values_;
  absl::Status status_;
};

std::string NumberName(int number) { return StrCat(number); }

FeatureParams ReadFeature(Reader& reader) {
  FeatureParams feature;
  feature.kind =
      reader.OneOf("feature", FeatureName,
                   {FeatureKind::kMagnitude, FeatureKind::kLevelNormalised,
                    FeatureKind::kLevelNormalisedPhase,
                    FeatureKind::kLevelNormalisedPhaseFloor});
  if (feature.kind == FeatureKind::kMagnitude) {
    feature.offset = reader.Real("feature_offset", -1, 1);
  } else {
    feature.power = reader.Real("feature_power", 0.01, 2);
    feature.time_s = reader.Real("feature_time_s", 0.001, 3600);
    feature.floor = reader.Real("feature_floor", 1e-9, 1);
  }
  return feature;
}

MaskPostFilterParams ReadPostFilter(Reader& reader, MaskRule mask) {
  MaskPostFilterParams p;
  p.bias = reader.RealOr(p.bias, "post_bias", -5, 5);
  p.gain = reader.RealOr(p.gain, "post_gain", -2, 2);
  p.held = reader.RealOr(p.held, "post_held", -2, 2);
  p.hold_s = reader.RealOr(p.hold_s, "post_hold_s", 0.001, 60);
  if (mask == MaskRule::kOnePlus && p != MaskPostFilterParams()) {
    reader.Refuse("post_bias, post_gain, post_held or post_hold_s", "a value",
                  "none with mask one-plus, which may exceed 1");
  }
  return p;
}

}  // namespace

std::string_view FeatureName(FeatureKind feature) {
  switch (feature) {
    case FeatureKind::kMagnitude:
      return "magnitude";
    case FeatureKind::kLevelNormalised:
      return "level-normalised";
    case FeatureKind::kLevelNormalisedPhase:
      return "level-normalised-phase";
    case FeatureKind::kLevelNormalisedPhaseFloor:
      return "level-normalised-phase-floor";
  }
  return "";
}

std::string_view MaskName(MaskRule mask) {
  switch (mask) {
    case MaskRule::kOnePlus:
      return "one-plus";
    case MaskRule::kSigmoid:
      return "sigmoid";
    case MaskRule::kComplex:
      return "complex";
  }
  return "";
}

std::string_view ActivationName(Activation activation) {
  return activation == Activation::kRelu ? "relu" : "gelu";
}

std::string_view StateActivationName(StateActivation activation) {
  switch (activation) {
    case StateActivation::kGateRe:
      return "gate_re";
    case StateActivation::kReluParts:
      return "relu_parts";
    case StateActivation::kNone:
      return "none";
  }
  return "";
}

absl::StatusOr<ModelMetadata> ParseMetadata(const Values& values) {
  Reader reader(values);
  ModelMetadata m;

  // 1. Is it ours, and of a version whose keys we know?
  reader.Exactly("format", "tacet-model");
  m.version = reader.OneOf("version", NumberName, {1, 2});

  // 2. The front end; version 1 has one geometry.
  reader.Exactly("sample_rate", "16000");
  reader.Exactly("window_size", "512");
  reader.Exactly("hop_size", "128");
  reader.Exactly("num_bins", StrCat(m.num_bins));
  m.front_end.window = reader.OneOf(
      "window", WindowKindName,
      {WindowKind::kSqrtHann, WindowKind::kBoxcar, WindowKind::kLowLatency});

  // 3. The network.
  m.name = reader.Text("name");
  m.hidden = reader.Integer("hidden", 1, kMaxWidth);
  m.num_states = reader.Integer("states", 1, kMaxWidth);
  m.num_layers = reader.Integer("layers", 1, kMaxLayers);
  m.feature = ReadFeature(reader);
  m.mask = reader.OneOf(
      "mask", MaskName,
      {MaskRule::kOnePlus, MaskRule::kSigmoid, MaskRule::kComplex});
  m.post_filter = ReadPostFilter(reader, m.mask);
  m.activation = reader.OneOf("activation", ActivationName,
                              {Activation::kRelu, Activation::kGelu});
  m.state_activation =
      m.activation == Activation::kRelu
          ? reader.OneOf(
                "state_activation", StateActivationName,
                {StateActivation::kGateRe, StateActivation::kReluParts})
          : reader.OneOf("state_activation", StateActivationName,
                         {StateActivation::kNone});

  // 4. The fixed-point network.
  if (m.version == 2) {
    reader.Exactly("activation", ActivationName(Activation::kRelu));
    m.fixed_state_bits = reader.OneOf("fixed_state_bits", NumberName, {16, 24});
  }

  // 5. For people and for the hash check.
  m.provenance = reader.Text("provenance");
  m.sha256 = reader.Text("sha256");

  if (!reader.status().ok()) return reader.status();
  return m;
}

}  // namespace tacet
