// SPDX-License-Identifier: Apache-2.0
#include "model/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include "tests/model/make_model.h"

namespace tacet {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// The loader's one line about these bytes; "" where it takes them.
std::string ErrorOf(std::span<const std::byte> bytes) {
  const auto model = Model::Load("test.tacet", bytes);
  if (model.ok()) return "";
  EXPECT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument);
  const std::string message(model.status().message());
  EXPECT_THAT(message, StartsWith("test.tacet: "));
  EXPECT_THAT(message, Not(HasSubstr("\n")));
  return message;
}

// As ErrorOf, with the hash made right.
std::string SealedErrorOf(RawFile file) {
  file.Seal();
  return ErrorOf(file.Serialize());
}

class ModelFile : public ::testing::Test {
 protected:
  ModelFile() : file_(MakeModelFile(ModelSpec{})) {}

  // Replaces one element of a tensor and returns what the loader says.
  template <typename T>
  std::string ErrorWith(const std::string& tensor, size_t index, T value) {
    RawFile file = file_;
    auto values = file.Tensor(tensor).As<T>();
    values.at(index) = value;
    file.Tensor(tensor).Set(values);
    return SealedErrorOf(file);
  }

  RawFile file_;
};

TEST_F(ModelFile, IsTakenInEveryConfiguration) {
  for (const char* mask : {"one-plus", "sigmoid", "complex"}) {
    for (const char* feature : {"magnitude", "level-normalised"}) {
      for (const char* state : {"gate_re", "relu_parts", "none"}) {
        ModelSpec spec;
        spec.mask = mask;
        spec.feature = feature;
        spec.state_activation = state;
        if (spec.state_activation == "none") spec.activation = "gelu";
        EXPECT_EQ(ErrorOf(MakeModelFile(spec).Serialize()), "");
      }
    }
  }
}

TEST_F(ModelFile, IsTakenAtTheEdgesOfItsDimensions) {
  ModelSpec spec;
  spec.hidden = 1;
  spec.num_states = 1;
  spec.num_layers = 1;
  EXPECT_EQ(ErrorOf(MakeModelFile(spec).Serialize()), "");
  spec.num_layers = 16;
  EXPECT_EQ(ErrorOf(MakeModelFile(spec).Serialize()), "");
  spec.num_layers = 1;
  spec.hidden = 4096;
  spec.num_states = 4096;
  spec.density = 0.0005;
  EXPECT_EQ(ErrorOf(MakeModelFile(spec).Serialize()), "");
  spec.density = 0;
  EXPECT_EQ(ErrorOf(MakeModelFile(spec).Serialize()), "");
}

TEST_F(ModelFile, GivesItsContents) {
  const auto model = Model::Load("test.tacet", file_.Serialize());
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ((*model)->metadata().name, "random");
  EXPECT_EQ((*model)->size(), file_.Serialize().size());
  const NetworkWeights& w = (*model)->weights();
  ASSERT_EQ(w.layers.size(), 2u);
  EXPECT_EQ(w.encoder.num_columns, 257);
  EXPECT_EQ(w.decoder.num_rows, 257);
  const auto gate = file_.Tensor("layers.1.gate.weight.values").As<float>();
  EXPECT_TRUE(std::ranges::equal(w.layers[1].gate.values, gate));
  const auto d = file_.Tensor("layers.0.d").As<float>();
  EXPECT_TRUE(std::ranges::equal(w.layers[0].d, d));
}

TEST_F(ModelFile, IsRefusedAtEveryTruncation) {
  ModelSpec spec;
  spec.hidden = 2;
  spec.num_states = 2;
  spec.num_layers = 1;
  const std::vector<std::byte> whole = MakeModelFile(spec).Serialize();
  ASSERT_EQ(ErrorOf(whole), "");
  for (size_t size = 0; size < whole.size(); ++size) {
    ASSERT_NE(ErrorOf(std::span(whole).first(size)), "") << size;
  }
}

TEST_F(ModelFile, IsRefusedWithAnyByteOfTheDataChanged) {
  ModelSpec spec;
  spec.hidden = 2;
  spec.num_states = 2;
  spec.num_layers = 1;
  const RawFile file = MakeModelFile(spec);
  std::vector<std::byte> bytes = file.Serialize();
  for (size_t i = bytes.size() - file.Data().size(); i < bytes.size(); ++i) {
    bytes[i] ^= std::byte{1};
    ASSERT_THAT(ErrorOf(bytes), HasSubstr("metadata sha256: ")) << i;
    bytes[i] ^= std::byte{1};
  }
  EXPECT_EQ(ErrorOf(bytes), "");
}

TEST_F(ModelFile, IsRefusedWithBytesAfterTheEnd) {
  std::vector<std::byte> bytes = file_.Serialize();
  bytes.push_back(std::byte{0});
  EXPECT_THAT(ErrorOf(bytes), HasSubstr("data section has "));
}

TEST_F(ModelFile, IsRefusedWithAnotherHash) {
  file_.metadata["sha256"] = std::string(64, '0');
  EXPECT_THAT(
      ErrorOf(file_.Serialize()),
      HasSubstr("metadata sha256: " + std::string(64, '0') + ", expected "));
  file_.Seal();
  for (char& c : file_.metadata["sha256"]) c = std::toupper(c);
  EXPECT_THAT(ErrorOf(file_.Serialize()), HasSubstr("metadata sha256: "));
}

TEST_F(ModelFile, IsRefusedWhenFromTheFuture) {
  file_.metadata["version"] = "2";
  EXPECT_EQ(ErrorOf(file_.Serialize()),
            "test.tacet: metadata version: 2, expected 1");
}

TEST_F(ModelFile, IsRefusedWithoutMetadata) {
  file_.metadata.clear();
  EXPECT_EQ(ErrorOf(file_.Serialize()),
            "test.tacet: metadata format: missing, expected tacet-model");
}

TEST_F(ModelFile, IsRefusedWhenAnyTensorIsMissing) {
  for (size_t i = 0; i < file_.tensors.size(); ++i) {
    RawFile file = file_;
    file.tensors.erase(file.tensors.begin() + i);
    EXPECT_THAT(SealedErrorOf(file),
                HasSubstr("tensor " + file_.tensors[i].name + ": missing"));
  }
}

TEST_F(ModelFile, IsRefusedWithAnUnknownTensor) {
  file_.tensors.insert(file_.tensors.begin(), MakeTensor("extra", {1}, {1}));
  EXPECT_EQ(SealedErrorOf(file_),
            "test.tacet: tensor extra: unknown, expected none of this name");
  file_.tensors.front().name = "layers.2.d";
  EXPECT_THAT(SealedErrorOf(file_), HasSubstr("tensor layers.2.d: unknown"));
}

TEST_F(ModelFile, IsRefusedWhenAnyTensorHasAnotherDType) {
  for (size_t i = 0; i < file_.tensors.size(); ++i) {
    RawFile file = file_;
    RawTensor& tensor = file.tensors[i];
    // Of the same size, so that only the dtype is wrong.
    const std::string dtype = tensor.dtype == "F32" ? "U32" : "F32";
    if (tensor.dtype == "U16") {
      tensor.bytes.resize(tensor.bytes.size() * 2);
    }
    tensor.dtype = dtype;
    const auto error = SealedErrorOf(file);
    if (tensor.name.ends_with(".columns")) {
      // Ends the file or is followed by U16 tensors: still aligned.
      EXPECT_THAT(error, ::testing::AnyOf(HasSubstr("dtype F32"),
                                          HasSubstr("multiple of 4")));
    } else {
      EXPECT_THAT(error, HasSubstr("tensor " + tensor.name + ": dtype " +
                                   dtype + ", expected "));
    }
  }
}

TEST_F(ModelFile, IsRefusedWhenAnyTensorHasAnotherShape) {
  for (size_t i = 0; i < file_.tensors.size(); ++i) {
    const std::string name = file_.tensors[i].name;
    // Of two dimensions.
    RawFile file = file_;
    file.tensors[i].shape.push_back(1);
    EXPECT_THAT(SealedErrorOf(file), HasSubstr("tensor " + name + ": shape ["))
        << name;
    // One element longer.
    if (file_.tensors[i].dtype == "U16") continue;
    file = file_;
    RawTensor& tensor = file.tensors[i];
    tensor.shape[0] += 1;
    tensor.bytes.resize(tensor.bytes.size() + 4);
    const std::string other = name.ends_with(".values")
                                  ? name.substr(0, name.size() - 6) + "columns"
                                  : name;
    EXPECT_THAT(SealedErrorOf(file), HasSubstr("tensor " + other + ": shape ["))
        << name;
  }
}

TEST_F(ModelFile, IsRefusedWithAnyValueThatIsNotFinite) {
  for (const RawTensor& tensor : file_.tensors) {
    if (tensor.dtype != "F32") continue;
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(),
                            std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity()}) {
      const size_t last = tensor.bytes.size() / sizeof(float) - 1;
      EXPECT_THAT(ErrorWith(tensor.name, last, bad),
                  HasSubstr("tensor " + tensor.name + ": element " +
                            std::to_string(last) + " is "));
    }
  }
}

TEST_F(ModelFile, IsRefusedWithAnUnstablePole) {
  RawFile file = file_;
  auto re = file.Tensor("layers.1.a_re").As<float>();
  auto im = file.Tensor("layers.1.a_im").As<float>();
  const auto error_with = [&](float a_re, float a_im) {
    re[3] = a_re;
    im[3] = a_im;
    file.Tensor("layers.1.a_re").Set(re);
    file.Tensor("layers.1.a_im").Set(im);
    return SealedErrorOf(file);
  };
  EXPECT_EQ(error_with(0.6f, 0.79f), "");
  EXPECT_EQ(error_with(1.0f, 0.0f),
            "test.tacet: tensor layers.1.a_re: |a| = 1 in state 3, "
            "expected < 1");
  EXPECT_THAT(error_with(0.0f, -1.0f), HasSubstr("|a| = 1 in state 3"));
  EXPECT_THAT(error_with(0.75f, 0.75f), HasSubstr("|a| = 1.06066 in state 3"));
  EXPECT_THAT(error_with(3e38f, 3e38f), HasSubstr("in state 3, expected < 1"));
  EXPECT_EQ(error_with(0.99999994f, 0.0f), "");
}

TEST_F(ModelFile, IsRefusedWithAColumnOutOfRange) {
  for (const RawTensor& tensor : file_.tensors) {
    if (!tensor.name.ends_with(".columns")) continue;
    const size_t last = tensor.bytes.size() / sizeof(uint16_t) - 1;
    EXPECT_THAT(ErrorWith<uint16_t>(tensor.name, last, 65535),
                HasSubstr("tensor " + tensor.name + ": column 65535 in row "));
  }
  const size_t last =
      file_.Tensor("layers.0.b_re.columns").bytes.size() / 2 - 1;
  EXPECT_EQ(ErrorWith<uint16_t>("layers.0.b_re.columns", last, 12),
            "test.tacet: tensor layers.0.b_re.columns: column 12 in row 7, "
            "expected < 12");
}

TEST_F(ModelFile, IsRefusedWithColumnsThatDoNotIncrease) {
  // The encoder's first row has many.
  const auto columns = file_.Tensor("encoder.weight.columns").As<uint16_t>();
  EXPECT_THAT(ErrorWith<uint16_t>("encoder.weight.columns", 1, columns[0]),
              HasSubstr("tensor encoder.weight.columns: column " +
                        std::to_string(columns[0]) + " after " +
                        std::to_string(columns[0]) + " in row 0"));
  EXPECT_THAT(ErrorWith<uint16_t>("encoder.weight.columns", 1, 256),
              HasSubstr("after 256 in row 0, expected increasing columns"));
}

TEST_F(ModelFile, IsRefusedWithBadRowPointers) {
  const std::string name = "layers.0.gate.weight.rows";
  const auto rows = file_.Tensor(name).As<uint32_t>();
  EXPECT_THAT(ErrorWith<uint32_t>(name, 0, 1),
              HasSubstr("tensor " + name + ": first entry 1, expected 0"));
  EXPECT_THAT(
      ErrorWith<uint32_t>(name, 3, 4000000000u),
      HasSubstr("tensor " + name + ": entry 4 is " + std::to_string(rows[4]) +
                ", expected at least the 4000000000 before it"));
  EXPECT_THAT(ErrorWith<uint32_t>(name, 12, rows[12] + 1),
              HasSubstr("last entry " + std::to_string(rows[12] + 1) +
                        ", expected " + std::to_string(rows[12])));
  // One fewer would leave a value that no row has.
  EXPECT_THAT(ErrorWith<uint32_t>(name, 12, rows[12] - 1),
              HasSubstr("tensor " + name + ": "));
}

TEST_F(ModelFile, IsRefusedWhenItsDimensionsAreNotThoseOfItsTensors) {
  for (const std::string key : {"hidden", "states"}) {
    RawFile file = file_;
    file.metadata[key] = "4096";
    EXPECT_THAT(SealedErrorOf(file), HasSubstr("expected [409"));
  }
  RawFile file = file_;
  file.metadata["layers"] = "3";
  EXPECT_THAT(SealedErrorOf(file), HasSubstr("tensor layers.2.a_re: missing"));
  file.metadata["layers"] = "1";
  EXPECT_THAT(SealedErrorOf(file), HasSubstr(": unknown"));
  file = file_;
  file.metadata["mask"] = "complex";
  EXPECT_THAT(SealedErrorOf(file),
              HasSubstr("tensor decoder.weight.rows: shape [258], expected "
                        "[772]"));
}

TEST_F(ModelFile, IsRefusedAboveItsLargestSize) {
  const std::vector<std::byte> large(kMaxModelFile + 1);
  EXPECT_THAT(ErrorOf(large), HasSubstr("expected at most 67108864"));
}

TEST_F(ModelFile, KeepsHostileNamesOutOfItsMessages) {
  file_.tensors.insert(file_.tensors.begin(),
                       MakeTensor("evil\n\x1b[2J", {1}, {1}));
  EXPECT_THAT(SealedErrorOf(file_), HasSubstr("tensor evil\\n\\x1b[2J: "));
  file_ = MakeModelFile(ModelSpec{});
  file_.metadata["mask"] = "two\nlines";
  EXPECT_THAT(SealedErrorOf(file_), HasSubstr("mask: two\\nlines, expected"));
  file_ = MakeModelFile(ModelSpec{});
  file_.metadata["sha256"] = "two\nlines";
  EXPECT_THAT(ErrorOf(file_.Serialize()), HasSubstr("sha256: two\\nlines,"));
}

// Files on disk, in a folder of their own.
class ModelOnDisk : public ::testing::Test {
 protected:
  ModelOnDisk() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "tacet-model-XXXXXX")
            .string();
    folder_ = mkdtemp(pattern.data());
  }
  ~ModelOnDisk() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const {
    return (folder_ / name).string();
  }

  std::filesystem::path folder_;
};

TEST_F(ModelOnDisk, IsLoaded) {
  const std::vector<std::byte> bytes = MakeModelFile(ModelSpec{}).Serialize();
  std::ofstream(Path("a.tacet"), std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto model = Model::LoadFile(Path("a.tacet"));
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ((*model)->metadata().hidden, 12);
  EXPECT_EQ((*model)->size(), bytes.size());
}

TEST_F(ModelOnDisk, NamesAMissingFile) {
  const auto model = Model::LoadFile(Path("none.tacet"));
  EXPECT_EQ(model.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(model.status().message()),
              StartsWith(Path("none.tacet") + ": cannot open"));
}

TEST_F(ModelOnDisk, RefusesWhatIsNoRegularFile) {
  EXPECT_EQ(Model::LoadFile(folder_.string()).status().message(),
            folder_.string() + ": not a regular file");
  // A pipe without a writer must not block.
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(Model::LoadFile(Path("pipe")).status().message(),
            Path("pipe") + ": not a regular file");
  EXPECT_EQ(Model::LoadFile("/dev/zero").status().message(),
            "/dev/zero: not a regular file");
}

TEST_F(ModelOnDisk, RefusesHugeAndEmptyFiles) {
  std::ofstream(Path("empty")).flush();
  EXPECT_EQ(Model::LoadFile(Path("empty")).status().message(),
            Path("empty") + ": file has 0 bytes, expected at least 8");
  // Sparse: takes no room on the disk, and is refused before it is read.
  std::ofstream(Path("huge")).flush();
  std::filesystem::resize_file(Path("huge"), uint64_t{1} << 40);
  EXPECT_EQ(Model::LoadFile(Path("huge")).status().message(),
            Path("huge") +
                ": file has 1099511627776 bytes, expected at most 67108864");
}

TEST_F(ModelOnDisk, RefusesATextFile) {
  std::ofstream(Path("text")) << "This is no model, but longer than 8 bytes.\n";
  EXPECT_THAT(std::string(Model::LoadFile(Path("text")).status().message()),
              HasSubstr("(is it a tacet model?)"));
}

TEST(BuiltinModel, AllThatAreCompiledInPassTheLoader) {
  for (const std::string& name : Model::BuiltinNames()) {
    const auto model = Model::Builtin(name);
    EXPECT_TRUE(model.ok()) << model.status();
  }
}

TEST(BuiltinModel, DefaultIsBaseAndExistsWhereItsFileDoes) {
  const bool exists =
      std::filesystem::exists(TACET_SOURCE_DIR "/model/weights/base.tacet");
  const auto model = Model::Default();
  EXPECT_EQ(model.ok(), exists) << model.status();
  if (!exists) {
    EXPECT_EQ(model.status().code(), absl::StatusCode::kNotFound);
  }
}

TEST(BuiltinModel, AnUnknownNameIsNotFound) {
  const auto model = Model::Builtin("no-such");
  EXPECT_EQ(model.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(model.status().message()),
              StartsWith("no built-in model no-such; there "));
}

}  // namespace
}  // namespace tacet
