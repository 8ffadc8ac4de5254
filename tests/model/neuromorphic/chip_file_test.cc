// SPDX-License-Identifier: Apache-2.0
#include "model/neuromorphic/chip_file.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

namespace tacet {
namespace {

using Json = nlohmann::json;

Json Default() {
  for (const BuiltinChip& chip : BuiltinChips()) {
    if (chip.name == kDefaultChip) return Json::parse(chip.json);
  }
  return nullptr;
}

std::string Refusal(const Json& json) {
  const auto chip = ParseChip("test", json.dump());
  return chip.ok() ? "accepted" : std::string(chip.status().message());
}

TEST(ChipFile, BuiltinSetsAreValidAndNamedAsTheirFiles) {
  ASSERT_GE(BuiltinChips().size(), 2u);
  for (const BuiltinChip& builtin : BuiltinChips()) {
    const auto chip = LoadChip(std::string(builtin.name));
    ASSERT_TRUE(chip.ok()) << chip.status();
    EXPECT_EQ(chip->name, builtin.name);
  }
}

TEST(ChipFile, EnergiesOfLoihi2AreMarkedAsEstimates) {
  const auto chip = *LoadChip("loihi2-estimate");
  for (const ChipField& field : ChipFields()) {
    if (!field.name.ends_with("_pj")) continue;
    const Quantity& q = chip.*field.member;
    EXPECT_TRUE(q.source.find("stimate") != std::string::npos ||
                q.source.find("contained") != std::string::npos)
        << field.name;
    EXPECT_LT(q[kLow], q[kHigh]) << field.name;
  }
}

TEST(ChipFile, ReadsAFile) {
  const std::string path = ::testing::TempDir() + "/chip.json";
  Json json = Default();
  json["name"] = "mine";
  json["synapse_ns"] = {{"value", 2.5}, {"source", "me"}};
  std::ofstream(path) << json;
  const auto chip = LoadChip(path);
  std::remove(path.c_str());
  ASSERT_TRUE(chip.ok()) << chip.status();
  EXPECT_EQ(chip->name, "mine");
  EXPECT_EQ(chip->synapse_ns.range, (Range{2.5, 2.5, 2.5}));
}

TEST(ChipFile, RefusesInOneLineWhatIsAmiss) {
  EXPECT_EQ(LoadChip("nosuch").status().message(),
            "nosuch: no such file and no built-in chip; those are "
            "loihi1-published, loihi2-estimate");
  EXPECT_EQ(ParseChip("x", "[]").status().message(), "x: no JSON object");
  EXPECT_EQ(ParseChip("x", "{").status().message(), "x: no JSON object");
  Json json = Default();
  json.erase("hop_ns");
  EXPECT_EQ(Refusal(json), "test: hop_ns is absent");
  json = Default();
  json["hop"] = 1;
  EXPECT_EQ(Refusal(json), "test: hop is no quantity of a chip");
  json = Default();
  json["hop_ns"] = 1;
  EXPECT_EQ(Refusal(json), "test: hop_ns is no object, expected one");
  json = Default();
  json["hop_ns"]["value"] = "1";
  EXPECT_EQ(Refusal(json), "test: hop_ns.value is no number");
  json = Default();
  json["hop_ns"]["unit"] = "ns";
  EXPECT_EQ(Refusal(json),
            "test: hop_ns.unit is not known; value, low, high, source");
}

TEST(ChipFile, RefusesNumbersOutOfRange) {
  const std::string chip = "test: chip loihi2-estimate: ";
  Json json = Default();
  json["hop_ns"] = {{"value", -1}, {"source", "me"}};
  EXPECT_EQ(Refusal(json), chip + "hop_ns is -1, expected 0 to 1e+06");
  json["hop_ns"] = {{"value", 1}, {"low", 2}, {"high", 3}, {"source", "me"}};
  EXPECT_EQ(Refusal(json), chip + "hop_ns is 1, expected at least its low 2");
  json["hop_ns"] = {{"value", 3}, {"low", 2}, {"high", 2}, {"source", "me"}};
  EXPECT_EQ(Refusal(json), chip + "hop_ns is 3, expected at most its high 2");
  json = Default();
  json["num_cores"] = {{"value", 1.5}, {"source", "me"}};
  EXPECT_EQ(Refusal(json),
            chip + "num_cores is 1.5, expected a whole number without a range");
  json = Default();
  json["num_cores"]["value"] = 129;
  EXPECT_EQ(Refusal(json), chip +
                               "num_cores is 129, expected at most 128, the "
                               "places on the mesh");
  json = Default();
  json["hop_ns"] = {{"value", 1}};
  EXPECT_EQ(Refusal(json), chip + "hop_ns has no source, expected one");
}

}  // namespace
}  // namespace tacet
