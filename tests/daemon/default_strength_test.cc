// SPDX-License-Identifier: Apache-2.0
// The daemon starts as the command, the library and the plugin do; config/
// cannot say so itself, because it knows no audio.
#include <gtest/gtest.h>

#include "config/config.h"
#include "dsp/gain.h"
#include "model/model.h"

namespace tacet {
namespace {

TEST(DefaultStrength, OfTheConfigurationIsThatOfTheEngine) {
  EXPECT_EQ(DenoiseConfig{}.attenuation_limit_db,
            kDefaultStrength.attenuation_limit_db);
}

TEST(DefaultModel, OfTheConfigurationIsThatOfTheEngine) {
  const auto named = Model::Builtin(DenoiseConfig{}.model);
  const auto standard = Model::Default();
  ASSERT_TRUE(named.ok() && standard.ok());
  EXPECT_EQ((*named)->metadata().sha256, (*standard)->metadata().sha256);
}

}  // namespace
}  // namespace tacet
