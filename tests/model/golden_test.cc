// SPDX-License-Identifier: Apache-2.0
#include "tests/model/golden.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <numeric>
#include <random>
#include <set>
#include <string>

#include "model/aligned_buffer.h"
#include "tests/model/make_model.h"
#include "tests/model/naive_network.h"

namespace tacet {
namespace {

namespace fs = std::filesystem;

// Golden vectors of a made model, by the naive double-precision network.
class GoldenWriter {
 public:
  explicit GoldenWriter(const ModelSpec& spec) {
    const RawFile model = MakeModelFile(spec);
    NaiveNetwork network(model);
    std::mt19937 engine(11);
    constexpr int kTokens = 60;
    const double power = 0.3;
    const double lambda = std::exp(-0.008 / 1.5);
    double u = 0;
    for (int t = 0; t < kTokens; ++t) {
      Row m, f;
      for (int k = 0; k < 257; ++k) {
        // As the file holds it: rounded to float.
        m.push_back(static_cast<float>(0.01 * engine() / 4294967296.0));
        f.push_back(std::pow(m.back(), power));
      }
      u = lambda * u +
          (1 - lambda) * std::accumulate(f.begin(), f.end(), 0.0) / 257;
      for (double& v : f) v /= u / (1 - std::pow(lambda, t + 1));
      Append("noisy_magnitude", m);
      Append("features", f);
      const NaiveTrace trace = network.Step(f);
      Append("encoder", trace.encoder);
      for (size_t i = 0; i < trace.layers.size(); ++i) {
        const std::string layer = "layers." + std::to_string(i) + ".";
        Append(layer + "input", trace.layers[i].input);
        Append(layer + "state_re", trace.layers[i].state, false);
        Append(layer + "state_im", trace.layers[i].state, true);
        Append(layer + "y", trace.layers[i].y);
        Append(layer + "output", trace.layers[i].output);
      }
      Append("outputs", trace.outputs);
      Append("mask_re", trace.mask, false);
      Append("mask_im", trace.mask, true);
    }
    for (const auto& [name, values] : tables_) {
      file_.tensors.push_back(
          MakeTensor(name, values, {kTokens, values.size() / kTokens}));
    }
  }

  RawFile& file() { return file_; }

 private:
  void Append(const std::string& name, const Row& row) {
    tables_[name].insert(tables_[name].end(), row.begin(), row.end());
  }
  void Append(const std::string& name, const ComplexRow& row, bool imaginary) {
    for (const std::complex<double>& v : row) {
      tables_[name].push_back(imaginary ? v.imag() : v.real());
    }
  }

  std::map<std::string, std::vector<float>> tables_;
  RawFile file_;
};

GoldenReport Compare(const ModelSpec& spec, const RawFile& golden) {
  const AlignedBuffer bytes = AlignedBuffer::CopyOf(golden.Serialize());
  const auto file = Safetensors::Parse(bytes.bytes());
  EXPECT_TRUE(file.ok()) << file.status();
  return CompareWithGolden(*MakeModel(spec), *file);
}

TEST(CompareWithGolden, AgreesWithANaiveNetwork) {
  for (const char* state : {"gate_re", "relu_parts"}) {
    for (const char* mask : {"sigmoid", "complex", "one-plus"}) {
      ModelSpec spec;
      spec.state_activation = state;
      spec.mask = mask;
      const GoldenReport report = Compare(spec, GoldenWriter(spec).file());
      EXPECT_THAT(report.failures, ::testing::IsEmpty());
      EXPECT_GT(report.num_values, 60 * 257);
      EXPECT_EQ(report.num_gates > 0, spec.state_activation == "gate_re");
    }
  }
}

TEST(CompareWithGolden, NoticesAChangeInAnyTensor) {
  const ModelSpec spec;
  GoldenWriter writer(spec);
  for (size_t i = 0; i < writer.file().tensors.size(); ++i) {
    RawFile golden = writer.file();
    RawTensor& tensor = golden.tensors[i];
    auto values = tensor.As<float>();
    double largest = 0;
    for (float v : values) largest = std::max(largest, std::abs(double{v}));
    // Three times the tolerance, on the value that can hide it least: what is
    // not compared itself, the magnitudes, is seen through a power of 0.3.
    const double change = largest > 0 ? 3 * kGoldenTolerance * largest : 1e-6;
    *std::ranges::min_element(values, {}, [](float v) {
      return std::abs(v);
    }) += static_cast<float>(change);
    tensor.bytes = MakeTensor("", values, {}).bytes;
    EXPECT_THAT(Compare(spec, golden).failures,
                ::testing::Not(::testing::IsEmpty()))
        << tensor.name;
  }
}

TEST(CompareWithGolden, NoticesAMissingTensor) {
  const ModelSpec spec;
  GoldenWriter writer(spec);
  for (size_t i = 0; i < writer.file().tensors.size(); ++i) {
    RawFile golden = writer.file();
    golden.tensors.erase(golden.tensors.begin() + i);
    EXPECT_THAT(Compare(spec, golden).failures,
                ::testing::Not(::testing::IsEmpty()))
        << writer.file().tensors[i].name;
  }
}

std::vector<fs::path> GoldenFiles(const fs::path& folder) {
  std::vector<fs::path> files;
  if (!fs::exists(folder)) return files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("golden_") && name.ends_with(".safetensors")) {
      files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

AlignedBuffer ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return AlignedBuffer::CopyOf(std::as_bytes(std::span(text)));
}

// The trainer's vectors, for each model that ships or that is test data.
TEST(Golden, FloatNetworkMatchesTheTrainer) {
  const fs::path testdata = TACET_SOURCE_DIR "/tests/testdata";
  const fs::path weights = TACET_SOURCE_DIR "/model/weights";
  const std::vector<fs::path> files = GoldenFiles(testdata);
  if (files.empty()) {
    ASSERT_FALSE(fs::exists(weights / "base.tacet"))
        << "model/weights/base.tacet has no tests/testdata/golden_*";
    std::cout << "no weights: model/weights/base.tacet does not exist yet, "
                 "and no golden file either\n";
  }
  std::set<std::string> names;
  for (const fs::path& path : files) {
    SCOPED_TRACE(path.string());
    const AlignedBuffer bytes = ReadFile(path);
    const auto golden = Safetensors::Parse(bytes.bytes());
    ASSERT_TRUE(golden.ok()) << golden.status();
    ASSERT_TRUE(golden->metadata().contains("model"));
    const std::string name = golden->metadata().at("model");
    names.insert(name);
    const fs::path beside = testdata / name;
    const auto model =
        Model::LoadFile(fs::exists(beside) ? beside : weights / name);
    ASSERT_TRUE(model.ok()) << model.status();
    const GoldenReport report = CompareWithGolden(**model, *golden);
    EXPECT_THAT(report.failures, ::testing::IsEmpty());
    std::cout << path.filename().string() << ": " << report.num_values
              << " values; " << report.num_near_gates << " of "
              << report.num_gates << " gates near their edge, "
              << report.num_tokens_left_out << " of " << report.num_layer_tokens
              << " tokens left out\n";
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(weights)) {
    if (entry.path().extension() != ".tacet") continue;
    EXPECT_TRUE(names.contains(entry.path().filename())) << entry.path();
  }
}

}  // namespace
}  // namespace tacet
