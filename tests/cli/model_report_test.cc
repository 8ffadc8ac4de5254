// SPDX-License-Identifier: Apache-2.0
#include "cli/model_report.h"

#include <gtest/gtest.h>

namespace tacet {
namespace {

TEST(ModelReport, KnowsTheNameOfTheDefault) {
  const auto model = FindModel("");
  ASSERT_TRUE(model.ok()) << model.status();
  const auto named = Model::Builtin(kDefaultModelName);
  ASSERT_TRUE(named.ok()) << named.status();
  EXPECT_EQ((*model)->metadata().sha256, (*named)->metadata().sha256);
}

}  // namespace
}  // namespace tacet
