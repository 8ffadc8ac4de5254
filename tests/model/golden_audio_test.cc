// SPDX-License-Identifier: Apache-2.0
// The whole engine against a signal that the trainer denoised.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "model/aligned_buffer.h"
#include "model/model.h"
#include "model/safetensors.h"
#include "model/stream.h"
#include "tests/model/engine_support.h"

namespace tacet {
namespace {

namespace fs = std::filesystem;

constexpr double kLeastSiSnrDb = 80.0;

AlignedBuffer ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return AlignedBuffer::CopyOf(std::as_bytes(std::span(text)));
}

// 10 log10(|a s|^2 / |e - a s|^2), a = <e, s> / <s, s>; both mean-free.
double SiSnrDb(std::span<const float> s, std::span<const float> e) {
  double mean_s = 0, mean_e = 0, ss = 0, es = 0, ee = 0;
  for (size_t i = 0; i < s.size(); ++i) mean_s += s[i], mean_e += e[i];
  mean_s /= static_cast<double>(s.size());
  mean_e /= static_cast<double>(s.size());
  for (size_t i = 0; i < s.size(); ++i) {
    const double a = s[i] - mean_s, b = e[i] - mean_e;
    ss += a * a, es += a * b, ee += b * b;
  }
  const double projection = es * es / ss;
  return 10 * std::log10(projection / std::max(ee - projection, 1e-30));
}

TEST(GoldenAudio, EngineMatchesTheTrainersSignalTo80Db) {
  const fs::path testdata = TACET_SOURCE_DIR "/tests/testdata";
  int num_files = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(testdata)) {
    const std::string file_name = entry.path().filename();
    if (!file_name.starts_with("golden_")) continue;
    SCOPED_TRACE(file_name);
    const AlignedBuffer bytes = ReadFile(entry.path());
    const auto golden = Safetensors::Parse(bytes.bytes());
    ASSERT_TRUE(golden.ok()) << golden.status();
    const std::string name = golden->metadata().at("model");
    const fs::path beside = testdata / name;
    const auto model = Model::LoadFile(
        fs::exists(beside) ? beside
                           : fs::path(TACET_SOURCE_DIR "/model/weights") /
                                 name);
    ASSERT_TRUE(model.ok()) << model.status();
    const auto in = golden->Get<float>("audio_in", {Safetensors::kAny});
    const auto want = golden->Get<float>("audio_out", {Safetensors::kAny});
    ASSERT_TRUE(in.ok() && want.ok()) << in.status() << want.status();

    StreamParams params;
    params.sample_rate_hz = 16000;
    auto stream = Stream::Create(FloatEstimators(*model), params);
    ASSERT_TRUE(stream.ok()) << stream.status();
    const int latency = (*stream)->latency_samples();
    Signal padded(in->begin(), in->end());
    padded.resize(padded.size() + latency);
    const Signal out = RunStream(stream->get(), {padded}, {128})[0];
    const double si_snr_db =
        SiSnrDb(*want, std::span(out).subspan(latency, want->size()));
    EXPECT_GE(si_snr_db, kLeastSiSnrDb);
    std::cout << file_name << ": " << si_snr_db << " dB\n";
    ++num_files;
  }
  EXPECT_GE(num_files, 2);  // the paper's and the teacher's configurations
}

}  // namespace
}  // namespace tacet
