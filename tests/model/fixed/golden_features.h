// SPDX-License-Identifier: Apache-2.0
// The committed features of tests/testdata/fixed/, and the models whose
// integers are pinned there: the small ones beside them, and all that ship.
#ifndef TACET_TESTS_MODEL_FIXED_GOLDEN_FEATURES_H_
#define TACET_TESTS_MODEL_FIXED_GOLDEN_FEATURES_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "model/model.h"
#include "model/model_file.h"
#include "model/safetensors.h"
#include "tests/model/fixed/stage_hash.h"

namespace tacet {

inline constexpr char kFixedFolder[] =
    TACET_SOURCE_DIR "/tests/testdata/fixed/";

// Paths, sorted.
inline std::vector<std::string> ModelsWithIntegers() {
  std::vector<std::string> models = {
      std::string(kFixedFolder) + "complex.tacet",
      std::string(kFixedFolder) + "phase.tacet",
      std::string(kFixedFolder) + "real.tacet"};
  for (const auto& file :
       std::filesystem::directory_iterator(TACET_SOURCE_DIR "/model/weights")) {
    if (file.path().extension() == ".tacet") models.push_back(file.path());
  }
  std::ranges::sort(models);
  return models;
}

// For the names of tests.
inline std::string StemOf(const std::string& path) {
  return std::filesystem::path(path).stem();
}

// A model's name as the name of a test may be: without hyphens.
inline std::string TestNameOf(const std::string& path) {
  std::string name = StemOf(path);
  std::ranges::replace(name, '-', '_');
  return name;
}

// golden: speech, silence, full scale, steps, noise. speech: 60 s of it.
struct GoldenFeatures {
  GoldenFeatures(const std::string& name, int num_features)
      : width(num_features) {
    auto read = ReadModelFile(kFixedFolder + name + ".safetensors");
    EXPECT_TRUE(read.ok()) << read.status();
    if (!read.ok()) return;
    const AlignedBuffer file = *std::move(read);
    const auto parsed = Safetensors::Parse(file.bytes());
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    if (!parsed.ok()) return;
    const auto found =
        parsed->Get<int16_t>("features", {Safetensors::kAny, Safetensors::kAny});
    EXPECT_TRUE(found.ok()) << found.status();
    if (!found.ok()) return;
    const size_t columns = parsed->tensors().find("features")->second.shape[1];
    EXPECT_GE(columns, width);
    if (columns < width) return;
    // Of a network the first columns.
    for (size_t at = 0; at < found->size(); at += columns) {
      const auto token = found->subspan(at, width);
      features.insert(features.end(), token.begin(), token.end());
    }
    metadata = parsed->metadata();
  }

  size_t num_tokens() const { return features.size() / width; }
  std::span<const int16_t> token(size_t t) const {
    return std::span(features).subspan(t * width, width);
  }

  // All stages of a model are as integer NumPy made them.
  void Expect(const StageHashes& hashes, const std::string& model_path) const {
    const std::string prefix = StemOf(model_path) + ".tacet/";
    size_t num_stages = 0;
    for (const auto& [name, hash] : metadata) {
      num_stages += name.starts_with(prefix);
    }
    EXPECT_EQ(num_stages, hashes.size());
    for (const auto& [stage, hash] : hashes) {
      const auto found = metadata.find(prefix + stage);
      EXPECT_EQ(hash.Text(), found == metadata.end() ? "" : found->second)
          << stage << " (after a change of the model: scripts/fixed_point.sh)";
    }
  }

  size_t width;
  std::vector<int16_t> features;  // [T × width]
  std::map<std::string, std::string, std::less<>> metadata;
};

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_FIXED_GOLDEN_FEATURES_H_
