// SPDX-License-Identifier: Apache-2.0
#include "bench/micro/speech.h"

#include <algorithm>
#include <complex>
#include <map>
#include <span>
#include <string>

#include "bench/micro/benchmarks.h"
#include "cli/sample.h"
#include "dsp/resampler.h"
#include "model/estimator_source.h"
#include "model/stream.h"

namespace tacet {
namespace {

constexpr int kBlock = 4096;  // samples

std::vector<float> ReadSpeech(int rate_hz) {
  const auto reader = OpenSample();
  if (!reader.ok()) Fail(std::string(reader.status().message()));
  if ((*reader)->shape().num_channels != 1) Fail("the sample is not mono");
  std::vector<float> block(kBlock), speech;
  while (const int64_t n = (*reader)->Read(block)) {
    speech.insert(speech.end(), block.begin(), block.begin() + n);
  }
  if ((*reader)->shape().sample_rate_hz == rate_hz) return speech;
  const auto resampler =
      Resampler::Create((*reader)->shape().sample_rate_hz, rate_hz,
                        static_cast<int>(speech.size()));
  if (!resampler.ok()) Fail(std::string(resampler.status().message()));
  std::vector<float> converted((*resampler)->max_out());
  converted.resize((*resampler)->Process(speech, converted));
  return converted;
}

// No network: keeps what it is given, and its mask is 1.
class FeatureTape final : public MaskEstimator {
 public:
  FeatureTape(const ModelMetadata& metadata,
              std::vector<std::vector<float>>* tape)
      : metadata_(metadata), tape_(*tape) {}

  const FrontEndId& front_end() const override { return metadata_.front_end; }
  int num_features() const override { return metadata_.feature.num_features(); }
  MaskKind mask_kind() const override { return MaskKind::kReal; }
  bool Submit(std::span<const float> features) noexcept override {
    tape_.emplace_back(features.begin(), features.end());
    return true;
  }
  bool Collect(std::span<std::complex<float>> mask) noexcept override {
    std::ranges::fill(mask, 1.0f);
    return true;
  }
  void Reset() noexcept override {}
  size_t state_size() const override { return 0; }
  void ExportState(std::span<float>) const noexcept override {}
  bool ImportState(std::span<const float>) noexcept override { return true; }
  double worst_case_seconds() const override { return 0.0; }

 private:
  const ModelMetadata metadata_;
  std::vector<std::vector<float>>& tape_;
};

}  // namespace

const std::vector<float>& SpeechSamples(int rate_hz) {
  static std::map<int, std::vector<float>>* const all =
      new std::map<int, std::vector<float>>;
  const auto [speech, is_new] = all->try_emplace(rate_hz);
  if (is_new) speech->second = ReadSpeech(rate_hz);
  return speech->second;
}

std::vector<std::vector<float>> SpeechFeatures(
    const std::shared_ptr<const Model>& model) {
  std::vector<std::vector<float>> tape;
  EstimatorSource source;
  source.feature = model->metadata().feature;
  source.make = [&] {
    return std::make_unique<FeatureTape>(model->metadata(), &tape);
  };
  StreamParams params;
  params.sample_rate_hz = 16000;
  const auto stream = Stream::Create(source, params);
  if (!stream.ok()) Fail(std::string(stream.status().message()));
  std::vector<float> speech = SpeechSamples(params.sample_rate_hz);
  float* samples = speech.data();
  (*stream)->Process({&samples, 1}, {&samples, 1},
                     static_cast<int>(speech.size()));
  if (tape.size() < size_t{2} * kNumTokens) Fail("the sample is too short");
  tape.resize(tape.size() / 2 + kNumTokens);
  return tape;
}

}  // namespace tacet
