// SPDX-License-Identifier: Apache-2.0
#include "daemon/alsa_clues.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"

namespace tacet {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class AlsaCluesTest : public ::testing::Test {
 protected:
  AlsaCluesTest() { std::filesystem::create_directories(folder_); }
  ~AlsaCluesTest() override { std::filesystem::remove_all(folder_); }

  // How often it is worth asking, tried each 400 ms as the supervisor does.
  int Asked(seconds duration) {
    int asked = 0;
    for (const AlsaClues::Time end = now_ + duration; now_ < end;
         now_ += milliseconds(400)) {
      asked += clues_.IsWorthAsking(now_);
    }
    return asked;
  }

  const std::string folder_ =
      ::testing::TempDir() + "tacet_alsa_clues_" +
      ::testing::UnitTest::GetInstance()->current_test_info()->name();
  AlsaClues clues_{{folder_, folder_ + "/pulse/native"}};
  AlsaClues::Time now_{seconds(1000)};
};

TEST_F(AlsaCluesTest, WhatIsNotThereIsAskedForRarely) {
  EXPECT_EQ(Asked(seconds(3)), 8);  // the first, and while it settles
  EXPECT_EQ(Asked(seconds(60)), 6);
}

TEST_F(AlsaCluesTest, DeviceThatComesOrGoesIsAskedForAtOnce) {
  Asked(seconds(60));
  std::ofstream(folder_ + "/pcmC0D0c") << "";
  EXPECT_EQ(Asked(seconds(3)), 8);
  EXPECT_LE(Asked(seconds(3)), 1);
  std::filesystem::remove(folder_ + "/pcmC0D0c");
  EXPECT_EQ(Asked(seconds(3)), 8);
}

TEST_F(AlsaCluesTest, ServerThatComesBackIsAskedForAtOnce) {
  std::filesystem::create_directory(folder_ + "/pulse");
  Asked(seconds(60));
  std::ofstream(folder_ + "/pulse/native") << "";
  EXPECT_EQ(Asked(seconds(3)), 8);
}

}  // namespace
}  // namespace tacet
