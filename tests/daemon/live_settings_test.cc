// SPDX-License-Identifier: Apache-2.0
#include "daemon/live_settings.h"

#include <string>

#include "gtest/gtest.h"

namespace tacet {
namespace {

TEST(LiveSettings, HoldsEachKeyOnceHoweverOftenItIsSet) {
  LiveSettings settings;
  for (int i = 0; i < 12000; ++i) {
    settings.Set("mode", i % 2 == 0 ? "bypass" : "clean");
    settings.Set("strength", std::to_string(i));
  }
  EXPECT_EQ(settings.entries(),
            (LiveSettings::Entries{{"mode", "clean"}, {"strength", "11999"}}));
}

// "mode" and "denoise.mode" are one value, taken in the order of the entries.
TEST(LiveSettings, WhatWasSetLastComesLast) {
  LiveSettings settings({{"mode", "mute"}, {"denoise.mode", "clean"}});
  settings.Set("mode", "bypass");
  EXPECT_EQ(
      settings.entries(),
      (LiveSettings::Entries{{"denoise.mode", "clean"}, {"mode", "bypass"}}));
}

}  // namespace
}  // namespace tacet
