// SPDX-License-Identifier: Apache-2.0
#include "model/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/aligned_buffer.h"
#include "tests/model/make_model.h"

namespace tacet {
namespace {

using ::testing::HasSubstr;

// The container of these tensors over data_size bytes.
std::vector<std::byte> Container(const std::string& tensors, size_t data_size) {
  return AssembleFile("{" + tensors + "}", std::vector<std::byte>(data_size));
}

std::string Tensor(const std::string& name, const std::string& dtype,
                   const std::string& shape, const std::string& offsets) {
  return "\"" + name + "\": {\"dtype\": \"" + dtype + "\", \"shape\": [" +
         shape + "], \"data_offsets\": [" + offsets + "]}";
}

std::string ErrorOf(std::span<const std::byte> bytes) {
  const AlignedBuffer file = AlignedBuffer::CopyOf(bytes);
  const auto parsed = Safetensors::Parse(file.bytes());
  return parsed.ok() ? "" : std::string(parsed.status().message());
}

TEST(Safetensors, GivesTypedTensors) {
  RawFile raw;
  raw.metadata["k"] = "v";
  raw.tensors.push_back(MakeTensor("f", {1, 2, 3, 4, 5, 6}, {2, 3}));
  RawTensor u32{"u", "U32", {}, {}}, u16{"w", "U16", {}, {}};
  u32.Set<uint32_t>({70000, 2});
  u16.Set<uint16_t>({65535, 2, 3});
  raw.tensors.push_back(u32);
  raw.tensors.push_back(u16);
  const AlignedBuffer file = AlignedBuffer::CopyOf(raw.Serialize());
  const auto parsed = Safetensors::Parse(file.bytes());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->metadata().at("k"), "v");
  EXPECT_EQ(parsed->data().size(), 38u);

  const auto f = parsed->Get<float>("f", {2, 3});
  ASSERT_TRUE(f.ok()) << f.status();
  EXPECT_EQ((*f)[5], 6.0f);
  EXPECT_TRUE(parsed->Get<float>("f", {Safetensors::kAny, 3}).ok());
  EXPECT_EQ((*parsed->Get<uint32_t>("u", {2}))[0], 70000u);
  EXPECT_EQ((*parsed->Get<uint16_t>("w", {3}))[0], 65535u);
}

TEST(Safetensors, NamesFoundAndExpectedOfAMissingOrOtherTensor) {
  const AlignedBuffer file =
      AlignedBuffer::CopyOf(Container(Tensor("a", "F32", "2", "0, 8"), 8));
  const auto parsed = Safetensors::Parse(file.bytes());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->Get<float>("b", {2}).status().message(),
            "tensor b: missing, expected F32 [2]");
  EXPECT_EQ(parsed->Get<uint32_t>("a", {2}).status().message(),
            "tensor a: dtype F32, expected U32");
  EXPECT_EQ(parsed->Get<float>("a", {3}).status().message(),
            "tensor a: shape [2], expected [3]");
  EXPECT_EQ(parsed->Get<float>("a", {2, Safetensors::kAny}).status().message(),
            "tensor a: shape [2], expected [2, any]");
}

TEST(Safetensors, RefusesEveryTruncation) {
  const std::vector<std::byte> whole = Container(
      Tensor("a", "F32", "4", "0, 16") + "," + Tensor("b", "U16", "3", "16,22"),
      22);
  EXPECT_EQ(ErrorOf(whole), "");
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(ErrorOf(std::span(whole).first(size)), "") << size;
  }
}

TEST(Safetensors, RefusesBytesAfterTheLastTensor) {
  EXPECT_EQ(ErrorOf(Container(Tensor("a", "F32", "1", "0, 4"), 5)),
            "data section has 5 bytes, expected the tensors' 4");
  EXPECT_EQ(ErrorOf(Container("", 1)),
            "data section has 1 bytes, expected the tensors' 0");
  EXPECT_EQ(ErrorOf(Container("", 0)), "");
}

TEST(Safetensors, RefusesHeaderLengths) {
  const std::vector<std::byte> good =
      Container(Tensor("a", "F32", "1", "0, 4"), 4);
  const auto with_length = [&](uint64_t length) {
    std::vector<std::byte> file = good;
    std::memcpy(file.data(), &length, sizeof length);
    return ErrorOf(file);
  };
  EXPECT_THAT(with_length(~uint64_t{0}), HasSubstr("expected at most 1048576"));
  EXPECT_THAT(with_length((1u << 20) + 8), HasSubstr("expected at most"));
  EXPECT_THAT(with_length(1u << 20), HasSubstr("but the file has only"));
  EXPECT_THAT(with_length(good.size()), HasSubstr("but the file has only"));
  EXPECT_THAT(with_length(good.size() - 8 - 3),
              HasSubstr("expected a multiple of 8"));
  EXPECT_THAT(with_length(0), HasSubstr("not valid JSON"));
  EXPECT_THAT(ErrorOf(std::span(good).first(7)),
              HasSubstr("file has 7 bytes, expected at least 8"));
}

TEST(Safetensors, RefusesOffsetsThatDisagreeWithDTypeAndShape) {
  EXPECT_EQ(ErrorOf(Container(Tensor("a", "F32", "2", "0, 4"), 4)),
            "tensor a: 4 bytes, expected those of F32 [2]");
  EXPECT_EQ(ErrorOf(Container(Tensor("a", "U16", "2, 2", "0, 4"), 4)),
            "tensor a: 4 bytes, expected those of U16 [2, 2]");
  EXPECT_EQ(ErrorOf(Container(Tensor("a", "F32", "", "0, 8"), 8)),
            "tensor a: 8 bytes, expected those of F32 []");
  EXPECT_THAT(ErrorOf(Container(Tensor("a", "F32", "0", "0, 4"), 4)),
              HasSubstr("tensor a: 4 bytes"));
}

TEST(Safetensors, RefusesShapesWhoseSizeOverflows) {
  // 2^62·4 = 2^64, which wraps to 0; 2^32·2^32 likewise.
  EXPECT_THAT(
      ErrorOf(Container(Tensor("a", "F32", "4611686018427387904", "0, 0"), 0)),
      HasSubstr("tensor a: 0 bytes"));
  EXPECT_THAT(ErrorOf(Container(
                  Tensor("a", "F32", "4294967296, 4294967296", "0, 0"), 0)),
              HasSubstr("tensor a: 0 bytes"));
  EXPECT_THAT(ErrorOf(Container(
                  Tensor("a", "F32", "18446744073709551615, 4", "0, 4"), 4)),
              HasSubstr("tensor a: 4 bytes"));
  // A zero among them is no overflow: the tensor is empty.
  EXPECT_EQ(ErrorOf(Container(
                Tensor("a", "F32", "18446744073709551615, 0", "0, 0"), 0)),
            "");
}

TEST(Safetensors, RefusesOffsetsOutsideTheDataSection) {
  EXPECT_EQ(ErrorOf(Container(Tensor("a", "F32", "2", "0, 8"), 4)),
            "tensor a: bytes 0 to 8, expected within the data section of 4 "
            "bytes");
  EXPECT_THAT(ErrorOf(Container(Tensor("a", "F32", "1", "4, 0"), 4)),
              HasSubstr("tensor a: bytes 4 to 0"));
  EXPECT_THAT(
      ErrorOf(Container(Tensor("a", "F32", "1", "18446744073709551612, 0"), 4)),
      HasSubstr("tensor a: bytes 18446744073709551612 to 0"));
}

TEST(Safetensors, RefusesGapsAndOverlaps) {
  EXPECT_EQ(ErrorOf(Container(Tensor("a", "F32", "1", "4, 8"), 8)),
            "tensor a: begins at byte 4 (gap), expected 0");
  EXPECT_EQ(ErrorOf(Container(Tensor("a", "F32", "1", "0, 4") + "," +
                                  Tensor("b", "F32", "1", "8, 12"),
                              12)),
            "tensor b: begins at byte 8 (gap), expected 4");
  EXPECT_EQ(ErrorOf(Container(Tensor("a", "F32", "2", "0, 8") + "," +
                                  Tensor("b", "F32", "1", "4, 8"),
                              8)),
            "tensor b: begins at byte 4 (overlap), expected 8");
  EXPECT_EQ(ErrorOf(Container(Tensor("a", "F32", "1", "0, 4") + "," +
                                  Tensor("b", "F32", "1", "0, 4"),
                              4)),
            "tensor b: begins at byte 0 (overlap), expected 4");
}

TEST(Safetensors, RefusesMisalignedTensors) {
  EXPECT_EQ(ErrorOf(Container(Tensor("a", "U16", "1", "0, 2") + "," +
                                  Tensor("b", "F32", "1", "2, 6"),
                              6)),
            "tensor b: begins at byte 2, expected a multiple of 4");
}

TEST(Safetensors, RefusesMisalignedMemory) {
  AlignedBuffer memory(64);
  EXPECT_THAT(
      std::string(
          Safetensors::Parse(memory.bytes().subspan(4)).status().message()),
      HasSubstr("not aligned"));
}

TEST(Safetensors, TakesEmptyTensorsAnywhere) {
  EXPECT_EQ(ErrorOf(Container(Tensor("a", "F32", "0", "0, 0") + "," +
                                  Tensor("b", "F32", "1", "0, 4") + "," +
                                  Tensor("c", "F32", "0, 7", "4, 4"),
                              4)),
            "");
}

}  // namespace
}  // namespace tacet
