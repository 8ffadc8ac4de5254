// SPDX-License-Identifier: Apache-2.0
#include "tests/model/load_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/model.h"

namespace tacet {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string LoadError(std::span<const std::byte> bytes) {
  const auto model = Model::Load("test.tacet", bytes);
  if (model.ok()) return "";
  EXPECT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument);
  const std::string message(model.status().message());
  EXPECT_THAT(message, StartsWith("test.tacet: "));
  EXPECT_THAT(message, Not(HasSubstr("\n")));
  return message;
}

std::string SealedLoadError(RawFile file) {
  file.Seal();
  return LoadError(file.Serialize());
}

}  // namespace tacet
