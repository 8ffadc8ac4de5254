// SPDX-License-Identifier: Apache-2.0
#include "chips/chip_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>

namespace tacet {
namespace {

std::string Default() {
  for (const BuiltinChip& chip : BuiltinChips()) {
    if (chip.name == kDefaultChip) return std::string(chip.toml);
  }
  return "";
}

// The default set with another table of a quantity; "" takes it out.
std::string With(const std::string& quantity, const std::string& table) {
  std::string text = Default();
  const size_t at = text.find("\n[" + quantity + "]\n");
  EXPECT_NE(at, std::string::npos) << quantity;
  const size_t end = text.find("\n[", at + 1);
  return text.replace(at, end == std::string::npos ? end : end - at, table);
}

std::string Table(const std::string& quantity, const std::string& lines) {
  return "\n[" + quantity + "]\n" + lines + "source = \"me\"\n";
}

std::string Refusal(std::string_view text) {
  const auto chip = ParseChip("test", text);
  return chip.ok() ? "accepted" : std::string(chip.status().message());
}

// Without the number of the line, which is that of `where` in the text.
std::string RefusalAt(const std::string& where, const std::string& text) {
  const size_t at = text.find(where);
  EXPECT_NE(at, std::string::npos) << where;
  const auto line = 1 + std::count(text.begin(), text.begin() + at, '\n');
  const std::string place = "test:" + std::to_string(line) + ": ";
  const std::string refusal = Refusal(text);
  EXPECT_EQ(refusal.substr(0, place.size()), place) << refusal;
  return refusal.substr(std::min(place.size(), refusal.size()));
}

TEST(ChipFile, BuiltinSetsAreValidAndNamedAsTheirFiles) {
  ASSERT_GE(BuiltinChips().size(), 2u);
  for (const BuiltinChip& builtin : BuiltinChips()) {
    const auto chip = LoadChip(std::string(builtin.name));
    ASSERT_TRUE(chip.ok()) << chip.status();
    EXPECT_EQ(chip->name, builtin.name);
    EXPECT_FALSE(chip->note.empty());
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
  const std::string path = ::testing::TempDir() + "/chip.toml";
  std::string text = With("synapse_ns", Table("synapse_ns", "value = 2.5\n"));
  text.replace(text.find("loihi2-estimate"), 15, "mine");
  std::ofstream(path) << text;
  const auto chip = LoadChip(path);
  std::remove(path.c_str());
  ASSERT_TRUE(chip.ok()) << chip.status();
  EXPECT_EQ(chip->name, "mine");
  EXPECT_EQ(chip->synapse_ns.range, (Range{2.5, 2.5, 2.5}));
  EXPECT_EQ(chip->synapse_ns.source, "me");
  EXPECT_EQ(chip->barrier_ns.range, (Range{67, 200, 1800}));
}

TEST(ChipFile, RefusesInOneLineWhatIsAmiss) {
  EXPECT_EQ(LoadChip("nosuch").status().message(),
            "nosuch: no such file and no built-in chip; those are "
            "loihi1-published, loihi2-estimate");
  EXPECT_EQ(Refusal(""), "test: name is absent");
  EXPECT_EQ(Refusal("name = \"x\""), "test: mesh_columns is absent");
  EXPECT_EQ(Refusal("name = 1"), "test:1: name is no text");
  EXPECT_EQ(Refusal(With("hop_ns", "")), "test: hop_ns is absent");
  EXPECT_EQ(RefusalAt("[hop_n]", With("hop_ns", Table("hop_n", "value = 1\n"))),
            "hop_n is no quantity of a chip; did you mean hop_ns?");
  EXPECT_EQ(RefusalAt("hop_ns = 1", "hop_ns = 1\n" + With("hop_ns", "")),
            "hop_ns is no table, expected [hop_ns] with value and source");
  EXPECT_EQ(RefusalAt("value = \"1\"",
                      With("hop_ns", Table("hop_ns", "value = \"1\"\n"))),
            "hop_ns.value is no number");
  EXPECT_EQ(
      RefusalAt("high = true",
                With("hop_ns", Table("hop_ns", "value = 1\nhigh = true\n"))),
      "hop_ns.high is no number");
  EXPECT_EQ(RefusalAt("[hop_ns]", With("hop_ns", Table("hop_ns", "low = 1\n"))),
            "hop_ns.value is absent");
  EXPECT_EQ(
      RefusalAt("unit =", With("hop_ns", Table("hop_ns", "unit = \"ns\"\n"))),
      "hop_ns.unit is not known, expected value, low, high, source");
  EXPECT_EQ(RefusalAt("source = 7",
                      With("hop_ns", "\n[hop_ns]\nvalue = 1\nsource = 7\n")),
            "hop_ns.source is no text");
}

TEST(ChipFile, RefusesNumbersOutOfRange) {
  const auto refusal = [](const std::string& quantity,
                          const std::string& lines) {
    return Refusal(With(quantity, Table(quantity, lines)));
  };
  const std::string chip = "test: chip loihi2-estimate: ";
  EXPECT_EQ(refusal("hop_ns", "value = -1\n"),
            chip + "hop_ns is -1, expected 0 to 1e+06");
  EXPECT_EQ(refusal("hop_ns", "value = nan\n"),
            chip + "hop_ns is nan, expected 0 to 1e+06");
  EXPECT_EQ(refusal("hop_ns", "value = 1\nhigh = inf\n"),
            chip + "hop_ns is inf, expected 0 to 1e+06");
  EXPECT_EQ(refusal("hop_ns", "value = 1\nlow = 2\nhigh = 3\n"),
            chip + "hop_ns is 1, expected at least its low 2");
  EXPECT_EQ(refusal("hop_ns", "value = 3\nlow = 2\nhigh = 2\n"),
            chip + "hop_ns is 3, expected at most its high 2");
  EXPECT_EQ(refusal("num_cores", "value = 1.5\n"),
            chip + "num_cores is 1.5, expected a whole number without a range");
  EXPECT_EQ(refusal("num_cores", "value = 129\n"),
            chip +
                "num_cores is 129, expected at most 128, the places on the "
                "mesh");
  EXPECT_EQ(Refusal(With("hop_ns", "\n[hop_ns]\nvalue = 1\n")),
            chip + "hop_ns has no source, expected one");
}

// Each is refused in one line of printable text, whatever it holds.
TEST(ChipFile, RefusesWhatIsNoChip) {
  const std::string deep(200000, '[');
  const std::string big(kMaxChipBytes + 1, '#');
  for (const std::string& text :
       {std::string("{\"name\": \"x\"}"), std::string("name = \"x"), deep, big,
        "a = " + deep, std::string("\x1b[2J = 1"),
        std::string("\"\\u001b[2J\" = 1"), std::string("\xff\xfe\0\0", 4),
        std::string(1000, '\0'), Default() + Default(),
        Default() + "\n[hop_ns]\nvalue = 1\n"}) {
    const std::string refusal = Refusal(text);
    EXPECT_EQ(refusal.substr(0, 5), "test:") << refusal;
    EXPECT_LT(refusal.size(), 300u) << refusal;
    for (const char c : refusal) EXPECT_TRUE(c >= ' ' || c < 0) << refusal;
  }
}

// What a report prints of a file cannot drive a terminal.
TEST(ChipFile, NameAndNoteAreOneShownLine) {
  std::string text = Default();
  text.replace(text.find("loihi2-estimate"), 15, "a\\u001b\\n\\u00e9b");
  text.replace(text.find("note = \""), 8, "note = \"x\\u001b[31m\\n");
  const auto chip = ParseChip("test", text);
  ASSERT_TRUE(chip.ok()) << chip.status();
  EXPECT_EQ(chip->name, "a????b");
  EXPECT_EQ(chip->note.substr(0, 7), "x?[31m?");
}

}  // namespace
}  // namespace tacet
