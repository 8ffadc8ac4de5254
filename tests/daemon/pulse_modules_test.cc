// SPDX-License-Identifier: Apache-2.0
#include "daemon/pulse_modules.h"

#include "gtest/gtest.h"

namespace tacet {
namespace {

using Indices = std::vector<uint32_t>;

class PulseLeftoversTest : public ::testing::Test {
 protected:
  const std::string sink_ = PulseNullSinkArguments("M", 1, 48000);
  const std::string source_ = PulseRemapSourceArguments("M", 1, 48000);
  const std::string other_sink_ = PulseNullSinkArguments("M", 2, 48000);
  const std::string other_source_ = PulseRemapSourceArguments("M", 2, 48000);

  PulseLeftovers Find(const std::vector<PulseModule>& modules) {
    return FindPulseLeftovers(modules, sink_, source_);
  }
};

TEST_F(PulseLeftoversTest, ForeignModulesAreLeftAlone) {
  const PulseLeftovers found =
      Find({{1, "module-null-sink", "sink_name=tacet_sink"},
            {2, "module-remap-source", "master=x"},
            {3, "module-loopback", sink_}});
  EXPECT_FALSE(found.sink_module || found.source_module);
  EXPECT_EQ(found.remove, Indices());
}

TEST_F(PulseLeftoversTest, EqualOnesAreAdopted) {
  const PulseLeftovers found = Find({{4, "module-remap-source", source_},
                                     {5, "module-null-sink", sink_}});
  EXPECT_EQ(found.sink_module, 5u);
  EXPECT_EQ(found.source_module, 4u);
  EXPECT_EQ(found.remove, Indices());
}

TEST_F(PulseLeftoversTest, OthersGoSourceFirst) {
  const PulseLeftovers found =
      Find({{5, "module-null-sink", other_sink_},
            {6, "module-remap-source", other_source_}});
  EXPECT_FALSE(found.sink_module || found.source_module);
  EXPECT_EQ(found.remove, (Indices{6, 5}));
}

TEST_F(PulseLeftoversTest, SourceWithoutItsSinkIsNotAdopted) {
  const PulseLeftovers found = Find({{6, "module-remap-source", source_}});
  EXPECT_FALSE(found.source_module);
  EXPECT_EQ(found.remove, Indices{6});
}

TEST_F(PulseLeftoversTest, SecondCopiesGo) {
  const PulseLeftovers found = Find({{5, "module-null-sink", sink_},
                                     {6, "module-null-sink", sink_},
                                     {7, "module-remap-source", source_},
                                     {8, "module-remap-source", source_}});
  EXPECT_EQ(found.sink_module, 5u);
  EXPECT_EQ(found.source_module, 7u);
  EXPECT_EQ(found.remove, (Indices{8, 6}));
}

TEST(PulseDescription, LeavesNothingThatEndsAQuote) {
  EXPECT_EQ(PulseDescription("Bob's \"x\" \\ y\n\x7f"),
            "Bob\u2019s \u201dx\u201d / y  ");
  EXPECT_EQ(PulseDescription("M\u00fcnchen"), "M\u00fcnchen");
}

}  // namespace
}  // namespace tacet
