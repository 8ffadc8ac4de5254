// SPDX-License-Identifier: Apache-2.0
#include "model/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/model/load_error.h"
#include "tests/model/make_model.h"

namespace tacet {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ModelFile : public ::testing::Test {
 protected:
  RawFile file_ = MakeModelFile(ModelSpec{});
};

TEST_F(ModelFile, IsTakenInEveryConfiguration) {
  for (const char* mask : {"one-plus", "sigmoid", "complex"}) {
    for (const char* feature :
         {"magnitude", "level-normalised", "level-normalised-phase",
          "level-normalised-phase-floor"}) {
      for (const char* state : {"gate_re", "relu_parts", "none"}) {
        ModelSpec spec;
        spec.mask = mask;
        spec.feature = feature;
        spec.state_activation = state;
        if (spec.state_activation == "none") spec.activation = "gelu";
        EXPECT_EQ(LoadError(MakeModelFile(spec).Serialize()), "");
      }
    }
  }
}

TEST_F(ModelFile, IsTakenAtTheEdgesOfItsDimensions) {
  ModelSpec spec;
  spec.hidden = 1;
  spec.num_states = 1;
  spec.num_layers = 1;
  EXPECT_EQ(LoadError(MakeModelFile(spec).Serialize()), "");
  spec.num_layers = 16;
  EXPECT_EQ(LoadError(MakeModelFile(spec).Serialize()), "");
  spec.num_layers = 1;
  spec.hidden = 4096;
  spec.num_states = 4096;
  spec.density = 0.0005;
  EXPECT_EQ(LoadError(MakeModelFile(spec).Serialize()), "");
  spec.density = 0;
  EXPECT_EQ(LoadError(MakeModelFile(spec).Serialize()), "");
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
  ASSERT_EQ(LoadError(whole), "");
  for (size_t size = 0; size < whole.size(); ++size) {
    ASSERT_NE(LoadError(std::span(whole).first(size)), "") << size;
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
    ASSERT_THAT(LoadError(bytes), HasSubstr("metadata sha256: ")) << i;
    bytes[i] ^= std::byte{1};
  }
  EXPECT_EQ(LoadError(bytes), "");
}

TEST_F(ModelFile, IsRefusedWithBytesAfterTheEnd) {
  std::vector<std::byte> bytes = file_.Serialize();
  bytes.push_back(std::byte{0});
  EXPECT_THAT(LoadError(bytes), HasSubstr("data section has "));
}

TEST_F(ModelFile, IsRefusedWithAnotherHash) {
  file_.metadata["sha256"] = std::string(64, '0');
  EXPECT_THAT(
      LoadError(file_.Serialize()),
      HasSubstr("metadata sha256: " + std::string(64, '0') + ", expected "));
  file_.Seal();
  for (char& c : file_.metadata["sha256"]) c = std::toupper(c);
  EXPECT_THAT(LoadError(file_.Serialize()), HasSubstr("metadata sha256: "));
}

TEST_F(ModelFile, IsRefusedWhenFromTheFuture) {
  file_.metadata["version"] = "3";
  EXPECT_EQ(LoadError(file_.Serialize()),
            "test.tacet: metadata version: 3, expected 1 or 2");
}

TEST_F(ModelFile, IsRefusedWithoutMetadata) {
  file_.metadata.clear();
  EXPECT_EQ(LoadError(file_.Serialize()),
            "test.tacet: metadata format: missing, expected tacet-model");
}

TEST_F(ModelFile, IsRefusedAboveItsLargestSize) {
  const std::vector<std::byte> large(kMaxModelFile + 1);
  EXPECT_THAT(LoadError(large), HasSubstr("expected at most 67108864"));
}

TEST_F(ModelFile, KeepsHostileNamesOutOfItsMessages) {
  file_.tensors.insert(file_.tensors.begin(),
                       MakeTensor("evil\n\x1b[2J", {1}, {1}));
  EXPECT_THAT(SealedLoadError(file_), HasSubstr("tensor evil\\n\\x1b[2J: "));
  file_ = MakeModelFile(ModelSpec{});
  file_.metadata["mask"] = "two\nlines";
  EXPECT_THAT(SealedLoadError(file_), HasSubstr("mask: two\\nlines, expected"));
  file_ = MakeModelFile(ModelSpec{});
  file_.metadata["sha256"] = "two\nlines";
  EXPECT_THAT(LoadError(file_.Serialize()), HasSubstr("sha256: two\\nlines,"));
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

constexpr char kWeights[] = TACET_SOURCE_DIR "/model/weights";

// The names of model/weights/NAME.tacet, sorted.
std::vector<std::string> WeightFiles() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kWeights)) {
    if (entry.path().extension() == ".tacet") {
      names.push_back(entry.path().stem().string());
    }
  }
  std::ranges::sort(names);
  return names;
}

TEST(BuiltinModel, AreTheFilesOfTheWeightsFolderThroughTheLoader) {
  EXPECT_EQ(Model::BuiltinNames(), WeightFiles());
  for (const std::string& name : WeightFiles()) {
    const auto model = Model::Builtin(name);
    ASSERT_TRUE(model.ok()) << model.status();
    const auto file =
        Model::LoadFile(std::string(kWeights) + "/" + name + ".tacet");
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ((*model)->metadata().sha256, (*file)->metadata().sha256);
    EXPECT_EQ((*model)->size(), (*file)->size());
  }
}

TEST(BuiltinModel, DefaultIsLargeWhereItsFileExists) {
  const auto names = WeightFiles();
  const auto model = Model::Default();
  if (!std::ranges::count(names, "large")) {
    EXPECT_EQ(model.status().code(), absl::StatusCode::kNotFound);
    return;
  }
  ASSERT_TRUE(model.ok()) << model.status();
  const auto large = Model::LoadFile(std::string(kWeights) + "/large.tacet");
  ASSERT_TRUE(large.ok()) << large.status();
  EXPECT_EQ((*model)->metadata().sha256, (*large)->metadata().sha256);
}

TEST(BuiltinModel, AnUnknownNameIsNotFound) {
  const auto model = Model::Builtin("no-such");
  EXPECT_EQ(model.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(model.status().message()),
              StartsWith("no built-in model no-such; there "));
}

}  // namespace
}  // namespace tacet
