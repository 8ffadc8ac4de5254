// SPDX-License-Identifier: Apache-2.0
#include "model/metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/model/make_model.h"

namespace tacet {
namespace {

std::map<std::string, std::string, std::less<>> Values(const ModelSpec& spec) {
  const RawFile file = MakeModelFile(spec);
  return {file.metadata.begin(), file.metadata.end()};
}

// The error after setting key to value.
std::string ErrorWith(const std::string& key, const std::string& value,
                      const ModelSpec& spec = {}) {
  auto values = Values(spec);
  values[key] = value;
  const auto metadata = ParseMetadata(values);
  return metadata.ok() ? "" : std::string(metadata.status().message());
}

TEST(Metadata, ReadsEveryKey) {
  ModelSpec spec;
  spec.window = "low-latency";
  spec.mask = "complex";
  spec.state_activation = "relu_parts";
  const auto m = ParseMetadata(Values(spec));
  ASSERT_TRUE(m.ok()) << m.status();
  EXPECT_EQ(m->name, "random");
  EXPECT_EQ(m->front_end.window, WindowKind::kLowLatency);
  EXPECT_EQ(m->num_bins, 257);
  EXPECT_EQ(m->hidden, 12);
  EXPECT_EQ(m->num_states, 8);
  EXPECT_EQ(m->num_layers, 2);
  EXPECT_EQ(m->feature.kind, FeatureKind::kLevelNormalised);
  EXPECT_EQ(m->feature.power, 0.3);
  EXPECT_EQ(m->feature.time_s, 1.5);
  EXPECT_EQ(m->feature.floor, 0.001);
  EXPECT_EQ(m->mask, MaskRule::kComplex);
  EXPECT_EQ(m->num_outputs(), 3 * 257);
  EXPECT_EQ(m->activation, Activation::kRelu);
  EXPECT_EQ(m->state_activation, StateActivation::kReluParts);
  EXPECT_EQ(m->provenance, "{\"recipe\": \"random\"}");
  EXPECT_EQ(m->sha256.size(), 64u);
}

// The specification's row of `key` in its table of metadata.
std::string DocumentedRow(const std::string& key) {
  std::ifstream file(TACET_SOURCE_DIR "/docs/model-format.md");
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("| `" + key + "` |")) return line;
  }
  return "";
}

// Each value is taken, and each that is taken is in the specification.
TEST(Metadata, TheSpecificationNamesEveryFeature) {
  const std::string row = DocumentedRow("feature");
  for (const FeatureKind kind :
       {FeatureKind::kMagnitude, FeatureKind::kLevelNormalised,
        FeatureKind::kLevelNormalisedPhase,
        FeatureKind::kLevelNormalisedPhaseFloor}) {
    const std::string name(FeatureName(kind));
    ModelSpec spec;
    spec.feature = name;
    const auto metadata = ParseMetadata(Values(spec));
    ASSERT_TRUE(metadata.ok()) << metadata.status();
    EXPECT_EQ(metadata->feature.kind, kind);
    EXPECT_NE(row.find("`" + name + "`"), row.npos) << row;
  }
}

TEST(Metadata, ReadsThePapersConfiguration) {
  ModelSpec spec;
  spec.window = "boxcar";
  spec.feature = "magnitude";
  spec.mask = "one-plus";
  const auto m = ParseMetadata(Values(spec));
  ASSERT_TRUE(m.ok()) << m.status();
  EXPECT_EQ(m->front_end.window, WindowKind::kBoxcar);
  EXPECT_EQ(m->feature.kind, FeatureKind::kMagnitude);
  EXPECT_EQ(m->feature.offset, 0.0007);
  EXPECT_EQ(m->mask, MaskRule::kOnePlus);
  EXPECT_EQ(m->num_outputs(), 257);
  EXPECT_EQ(m->state_activation, StateActivation::kGateRe);
}

TEST(Metadata, NamesEveryMissingKey) {
  for (const std::string feature : {"magnitude", "level-normalised"}) {
    ModelSpec spec;
    spec.feature = feature;
    const auto all = Values(spec);
    for (const auto& [key, value] : all) {
      auto values = all;
      values.erase(key);
      const auto metadata = ParseMetadata(values);
      ASSERT_FALSE(metadata.ok()) << key;
      EXPECT_THAT(std::string(metadata.status().message()),
                  ::testing::StartsWith("metadata " + key + ": missing"));
    }
  }
}

TEST(Metadata, APostFilterMayBeMissingInPartOrWhole) {
  ModelSpec spec;
  spec.mask = "sigmoid";
  auto values = Values(spec);
  auto metadata = ParseMetadata(values);
  ASSERT_TRUE(metadata.ok()) << metadata.status();
  EXPECT_EQ(metadata->post_filter, MaskPostFilterParams());
  values["post_gain"] = "-0.4";
  values["post_hold_s"] = "0.25";
  metadata = ParseMetadata(values);
  ASSERT_TRUE(metadata.ok()) << metadata.status();
  EXPECT_EQ(metadata->post_filter,
            (MaskPostFilterParams{.gain = -0.4, .hold_s = 0.25}));
}

TEST(Metadata, RefusesPostFiltersBeyondTheirLimits) {
  ModelSpec spec;
  spec.mask = "sigmoid";
  const std::map<std::string, std::string> expected = {
      {"post_bias", "-5 to 5"},
      {"post_gain", "-2 to 2"},
      {"post_held", "-2 to 2"},
      {"post_hold_s", "0.001 to 60"}};
  for (const auto& [key, limits] : expected) {
    for (const std::string wrong : {"61", "-61", "nan", "", "0.1x"}) {
      auto values = Values(spec);
      values[key] = wrong;
      const auto metadata = ParseMetadata(values);
      ASSERT_FALSE(metadata.ok()) << key << wrong;
      EXPECT_EQ(std::string(metadata.status().message()),
                "metadata " + key + ": " + (wrong.empty() ? "empty" : wrong) +
                    ", expected " + limits);
    }
  }
}

TEST(Metadata, RefusesAPostFilterOfMasksThatMayExceed1) {
  ModelSpec spec;
  spec.mask = "one-plus";
  auto values = Values(spec);
  values["post_held"] = "0.1";
  const auto metadata = ParseMetadata(values);
  ASSERT_FALSE(metadata.ok());
  EXPECT_THAT(std::string(metadata.status().message()),
              ::testing::HasSubstr("post_held"));
}

TEST(Metadata, RefusesOtherFormatsAndVersions) {
  EXPECT_EQ(ErrorWith("format", "pt"),
            "metadata format: pt, expected tacet-model");
  EXPECT_EQ(ErrorWith("version", "3"), "metadata version: 3, expected 1 or 2");
  EXPECT_EQ(ErrorWith("version", "1.0"),
            "metadata version: 1.0, expected 1 or 2");
  EXPECT_EQ(ErrorWith("version", ""),
            "metadata version: empty, expected 1 or 2");
}

TEST(Metadata, RefusesOtherGeometries) {
  for (const std::string key :
       {"sample_rate", "window_size", "hop_size", "num_bins"}) {
    EXPECT_THAT(ErrorWith(key, "48000"),
                ::testing::StartsWith("metadata " + key + ": 48000, expected"));
  }
}

TEST(Metadata, RefusesUnknownWords) {
  for (const std::string key :
       {"window", "feature", "mask", "activation", "state_activation"}) {
    EXPECT_THAT(
        ErrorWith(key, "purple"),
        ::testing::StartsWith("metadata " + key + ": purple, expected "))
        << key;
  }
  EXPECT_EQ(ErrorWith("mask", "Sigmoid"),
            "metadata mask: Sigmoid, expected one-plus or sigmoid or complex");
}

TEST(Metadata, TiesStateActivationToActivation) {
  EXPECT_EQ(ErrorWith("state_activation", "none"),
            "metadata state_activation: none, expected gate_re or relu_parts");
  EXPECT_EQ(ErrorWith("activation", "gelu"),
            "metadata state_activation: gate_re, expected none");
  ModelSpec dense;
  dense.activation = "gelu";
  dense.state_activation = "none";
  EXPECT_EQ(ErrorWith("name", "teacher", dense), "");
}

TEST(Metadata, RefusesDimensionsOutOfRange) {
  for (const std::string key : {"hidden", "states"}) {
    EXPECT_EQ(ErrorWith(key, "1"), "");
    EXPECT_EQ(ErrorWith(key, "4096"), "");
    for (const std::string bad :
         {"0", "4097", "-1", "+1", " 1", "1 ", "1.0", "0x10", "many", "",
          "99999999999999999999", "nan"}) {
      EXPECT_THAT(ErrorWith(key, bad), ::testing::HasSubstr("1 to 4096"))
          << key << " " << bad;
    }
  }
  EXPECT_EQ(ErrorWith("layers", "16"), "");
  EXPECT_EQ(ErrorWith("layers", "17"), "metadata layers: 17, expected 1 to 16");
  EXPECT_EQ(ErrorWith("layers", "0"), "metadata layers: 0, expected 1 to 16");
}

TEST(Metadata, RefusesFeatureParametersOutOfRange) {
  for (const std::string bad :
       {"0", "-0.3", "2.1", "nan", "inf", "-inf", "1e999", "0.3x", ""}) {
    EXPECT_THAT(ErrorWith("feature_power", bad),
                ::testing::HasSubstr("0.01 to 2"))
        << bad;
  }
  EXPECT_THAT(ErrorWith("feature_time_s", "0"),
              ::testing::HasSubstr("0.001 to 3600"));
  EXPECT_THAT(ErrorWith("feature_time_s", "3601"),
              ::testing::HasSubstr("0.001 to 3600"));
  // A floor of zero would divide silence by zero.
  EXPECT_THAT(ErrorWith("feature_floor", "0"),
              ::testing::HasSubstr("1e-09 to 1"));
  EXPECT_THAT(ErrorWith("feature_floor", "2"),
              ::testing::HasSubstr("1e-09 to 1"));
  ModelSpec paper;
  paper.feature = "magnitude";
  EXPECT_THAT(ErrorWith("feature_offset", "1.5", paper),
              ::testing::HasSubstr("-1 to 1"));
  EXPECT_EQ(ErrorWith("feature_offset", "-0.5", paper), "");
}

TEST(Metadata, IgnoresKeysItDoesNotKnow) {
  EXPECT_EQ(ErrorWith("sparsity", "0.9"), "");
}

}  // namespace
}  // namespace tacet
