// SPDX-License-Identifier: Apache-2.0
#include "model/safetensors_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tacet {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

void ExpectRefused(const std::string& json, const std::string& message) {
  const auto header = ParseSafetensorsHeader(json);
  ASSERT_FALSE(header.ok()) << json;
  EXPECT_EQ(header.status().code(), absl::StatusCode::kInvalidArgument);
  const std::string found(header.status().message());
  EXPECT_THAT(found, HasSubstr(message));
  EXPECT_THAT(found, Not(HasSubstr("\n")));
  EXPECT_LT(found.size(), 400u);
}

TEST(SafetensorsHeader, ReadsMetadataAndTensors) {
  const auto header = ParseSafetensorsHeader(
      R"({"__metadata__": {"a": "b", "c": ""},
          "x": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
          "y": {"shape": [], "data_offsets": [24, 26], "dtype": "U16"}}   )");
  ASSERT_TRUE(header.ok()) << header.status();
  EXPECT_EQ(header->metadata.size(), 2u);
  EXPECT_EQ(header->metadata.at("a"), "b");
  ASSERT_EQ(header->tensors.size(), 2u);
  const TensorEntry& x = header->tensors.at("x");
  EXPECT_EQ(x.dtype, DType::kF32);
  EXPECT_EQ(x.shape, (std::vector<uint64_t>{2, 3}));
  EXPECT_EQ(x.begin, 0u);
  EXPECT_EQ(x.end, 24u);
  EXPECT_EQ(header->tensors.at("y").dtype, DType::kU16);
  EXPECT_TRUE(header->tensors.at("y").shape.empty());
}

TEST(SafetensorsHeader, RefusesWhatIsNotJson) {
  ExpectRefused("", "not valid JSON");
  ExpectRefused("RIFF", "not valid JSON");
  ExpectRefused("{", "not valid JSON");
  ExpectRefused("{} {}", "not valid JSON");
  ExpectRefused(R"({"a": {"dtype": "F32",}})", "not valid JSON");
  ExpectRefused(std::string("{\"\xff\xfe\": {}}"), "not valid JSON");
  ExpectRefused(std::string("{}\0", 3), "not valid JSON");
}

TEST(SafetensorsHeader, RefusesOtherShapesOfJson) {
  ExpectRefused("[]", "header is an array, expected an object");
  ExpectRefused("7", "header is a number");
  ExpectRefused("null", "header is null");
  ExpectRefused("\"text\"", "header is a string");
  ExpectRefused(R"({"a": true})", "header key a is a boolean");
  ExpectRefused(R"({"a": []})", "header key a is an array");
  ExpectRefused(R"({"__metadata__": {"a": 1}})",
                "metadata a is a number, expected a string");
  ExpectRefused(R"({"__metadata__": {"a": {}}})", "metadata a is an object");
  ExpectRefused(R"({"a": {"dtype": 5}})", "tensor a: dtype is a number");
  ExpectRefused(R"({"a": {"shape": 5}})", "tensor a: shape is a number");
  ExpectRefused(R"({"a": {"shape": "5"}})", "tensor a: shape is a string");
  ExpectRefused(R"({"a": {"shape": [[5]]}})", "tensor a: shape holds an array");
  ExpectRefused(R"({"a": {"shape": [{}]}})", "tensor a: shape holds an object");
  ExpectRefused(R"({"a": {"shape": [1.5]}})",
                "tensor a: shape holds a fractional number");
  ExpectRefused(R"({"a": {"shape": [-1]}})",
                "tensor a: shape holds a negative number");
  ExpectRefused(R"({"a": {"data_offsets": [0, null]}})",
                "tensor a: data_offsets holds null");
  // One above the largest uint64.
  ExpectRefused(R"({"a": {"shape": [18446744073709551616]}})",
                "tensor a: shape holds a fractional number");
  ExpectRefused(R"({"a": {"shape": [1e999]}})", "not valid JSON");
}

TEST(SafetensorsHeader, RefusesIncompleteAndUnknownFields) {
  ExpectRefused(R"({"a": {}})", "tensor a: no dtype");
  ExpectRefused(R"({"a": {"dtype": "F32", "data_offsets": [0, 4]}})",
                "tensor a: no shape");
  ExpectRefused(R"({"a": {"dtype": "F32", "shape": [1]}})",
                "tensor a: no data_offsets");
  ExpectRefused(R"({"a": {"dtype": "F64"}})",
                "tensor a: dtype F64, expected F32, U32, I32, U16, I16 or I8");
  ExpectRefused(R"({"a": {"colour": "red"}})",
                "tensor a: unknown field colour");
  ExpectRefused(R"({"a": {"data_offsets": [0]}})",
                "tensor a: 1 data_offsets, expected 2");
  ExpectRefused(R"({"a": {"data_offsets": [0, 4, 8]}})",
                "tensor a: more than 2 data_offsets");
  ExpectRefused(R"({"a": {"shape": [1,1,1,1,1,1,1,1,1]}})",
                "tensor a: more than 8 dimensions");
}

TEST(SafetensorsHeader, RefusesAKeyThatComesTwice) {
  ExpectRefused(R"({"__metadata__": {}, "__metadata__": {}})",
                "key __metadata__ comes twice");
  ExpectRefused(R"({"__metadata__": {"a": "1", "a": "2"}})",
                "key a comes twice");
  ExpectRefused(R"({"a": {"dtype": "F32", "dtype": "F32"}})",
                "key dtype comes twice in tensor a");
  const std::string a =
      R"("a": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]})";
  ExpectRefused("{" + a + "," + a + "}", "key a comes twice");
}

TEST(SafetensorsHeader, SurvivesJsonBombs) {
  const size_t deep = 200000;
  ExpectRefused(std::string(deep, '['), "header is an array");
  ExpectRefused("{\"a\":" + std::string(deep, '['), "header key a is an array");
  std::string objects;
  for (size_t i = 0; i < deep; ++i) objects += "{\"a\":";
  ExpectRefused(objects, "tensor a: unknown field a");
  ExpectRefused("{\"a\": {\"shape\": [" + std::string(deep, '1') + "]}}",
                "not valid JSON");
  std::string shape = "{\"a\": {\"shape\": [1";
  for (size_t i = 0; i < deep; ++i) shape += ",1";
  ExpectRefused(shape, "more than 8 dimensions");
  std::string tensors = "{";
  for (size_t i = 0; i <= kMaxTensors; ++i) {
    tensors += '"';
    tensors += std::to_string(i);
    tensors += R"(": {"dtype":"F32","shape":[0],"data_offsets":[0,0]},)";
  }
  ExpectRefused(tensors, "more than 4096 tensors");
}

TEST(SafetensorsHeader, KeepsMessagesToOneShortLine) {
  ExpectRefused("{\"a\\nb\\u0000\": {}}", "tensor a\\nb\\x00: no dtype");
  ExpectRefused("{\"" + std::string(100000, 'x') + "\": {}}", "xxx...");
  EXPECT_EQ(Printable("plain"), "plain");
  EXPECT_EQ(Printable("\x1b[31m"), "\\x1b[31m");
  EXPECT_LE(Printable(std::string(500, '\n')).size(), 80u);
}

}  // namespace
}  // namespace tacet
