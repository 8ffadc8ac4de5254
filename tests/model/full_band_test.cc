// SPDX-License-Identifier: Apache-2.0
// What the networks that ship do above and below 8 kHz at 48 kHz.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <string>

#include "cli/audio_reader.h"
#include "dsp/fft.h"
#include "model/stream.h"
#include "tests/model/builtin_backend.h"
#include "tests/model/engine_support.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

constexpr int kRate = 48000;

// A mono file at 48 kHz.
Signal ReadClip(const std::string& name) {
  const auto reader = AudioReader::Open(
      std::string(TACET_SOURCE_DIR) + "/tests/testdata/" + name, std::nullopt);
  EXPECT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ((*reader)->shape().sample_rate_hz, kRate);
  EXPECT_EQ((*reader)->shape().num_channels, 1);
  Signal x;
  Signal block(4096);
  while (const auto count = (*reader)->Read(block)) {
    x.insert(x.end(), block.begin(), block.begin() + count);
  }
  EXPECT_GT(x.size(), static_cast<size_t>(kRate));
  return x;
}

// Output aligned with the input.
Signal Denoise(const BuiltinBackend& backend, const Signal& x, int rate_hz) {
  StreamParams params;
  params.sample_rate_hz = rate_hz;
  params.window = WindowOf(backend);
  const auto stream = *Stream::Create(SourceOf(backend), params);
  Signal padded = x;
  padded.resize(x.size() + stream->latency_samples());
  const Signal y = RunStream(stream.get(), {padded}, {4096})[0];
  return Signal(y.begin() + stream->latency_samples(), y.end());
}

// Hann-windowed sinc, [-half, half], gain 1 at 0 Hz.
Signal LowPass(double cutoff, int half) {
  Signal h;
  for (int n = -half; n <= half; ++n) {
    const double phase = 2.0 * std::numbers::pi * cutoff * n;
    const double sinc = n == 0 ? 1.0 : std::sin(phase) / phase;
    const double hann = 0.5 + 0.5 * std::cos(std::numbers::pi * n / half);
    h.push_back(static_cast<float>(2.0 * cutoff * sinc * hann));
  }
  return h;
}

// Every third sample of x below 7.8 kHz, without delay, so that both front
// ends cut the same frames and the band of the comparison is untouched.
Signal To16kHz(const Signal& x) {
  constexpr int kHalf = 384;
  const Signal h = LowPass(7800.0 / kRate, kHalf);
  const int size = static_cast<int>(x.size());
  Signal y;
  for (int n = 0; n < size; n += 3) {
    double sum = 0.0;
    for (int k = std::max(-kHalf, -n); k <= std::min(kHalf, size - 1 - n);
         ++k) {
      sum += h[k + kHalf] * x[n + k];
    }
    y.push_back(static_cast<float>(sum));
  }
  return y;
}

// Linear phase, pass band to 7 kHz at 16 kHz.
Signal LowPass7kHz(const Signal& x) {
  const Signal h = LowPass(7000.0 / 16000.0, 128);
  Signal y(x.size() - h.size());
  for (size_t n = 0; n < y.size(); ++n) {
    double sum = 0.0;
    for (size_t k = 0; k < h.size(); ++k) sum += h[k] * x[n + k];
    y[n] = static_cast<float>(sum);
  }
  return y;
}

double SiSnrDb(const Signal& estimate, const Signal& target) {
  double product = 0.0;
  for (size_t n = 0; n < target.size(); ++n) product += estimate[n] * target[n];
  const double scale = product / Energy(target);
  double error = 0.0;
  for (size_t n = 0; n < target.size(); ++n) {
    error += std::pow(estimate[n] - scale * target[n], 2);
  }
  return 10.0 * std::log10(scale * scale * Energy(target) / error);
}

// Energy between two frequencies, from Hann-windowed frames, behind `skip`
// samples.
double BandEnergy(const Signal& x, double low_hz, double high_hz, size_t skip) {
  constexpr int kSize = 1536;
  const auto fft = *RealFft::Create(kSize);
  Signal frame(kSize);
  std::vector<std::complex<float>> spectrum(fft->num_bins());
  double energy = 0.0;
  for (size_t begin = skip; begin + kSize <= x.size(); begin += kSize / 2) {
    for (int n = 0; n < kSize; ++n) {
      const double w = std::sin(std::numbers::pi * n / kSize);
      frame[n] = static_cast<float>(w * w) * x[begin + n];
    }
    fft->Forward(frame, spectrum);
    for (int k = 0; k < fft->num_bins(); ++k) {
      const double hz = static_cast<double>(k) * kRate / kSize;
      if (hz >= low_hz && hz < high_hz) energy += std::norm(spectrum[k]);
    }
  }
  return energy;
}

double GainDb(const Signal& x, const Signal& y, double low_hz, double high_hz,
              size_t skip = 0) {
  return 10.0 * std::log10(BandEnergy(y, low_hz, high_hz, skip) /
                           BandEnergy(x, low_hz, high_hz, skip));
}

class FullBand : public ::testing::TestWithParam<BuiltinBackend> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(FullBand);

TEST_P(FullBand, At48kHzDoesWhatItDoesAt16) {
  const Signal noisy = ReadClip("noisy_48k.flac");
  const Signal native = LowPass7kHz(To16kHz(Denoise(GetParam(), noisy, kRate)));
  const Signal resampled =
      LowPass7kHz(Denoise(GetParam(), To16kHz(noisy), 16000));
  ASSERT_EQ(native.size(), resampled.size());
  EXPECT_GE(SiSnrDb(native, resampled), 25.0);
}

TEST_P(FullBand, WhiteNoiseIsAttenuatedAlikeAboveAndBelow8kHz) {
  const Signal noise = WhiteNoise(10 * kRate, 1, 0.03f);
  const Signal y = Denoise(GetParam(), noise, kRate);
  const size_t settled = 3 * kRate;
  const double below_db = GainDb(noise, y, 6000.0, 8000.0, settled);
  const double above_db = GainDb(noise, y, 8000.0, 24000.0, settled);
  // What is 90 dB down is gone (this noise is then below -120 dBFS, and a
  // user's limit is 60 dB): how much further the rounding of a mask takes it is
  // no property of the sound.
  constexpr double kGoneDb = -90.0;
  EXPECT_NEAR(std::max(above_db, kGoneDb), std::max(below_db, kGoneDb), 3.0);
  EXPECT_LT(below_db, -6.0) << "the model does not take white noise away";
}

TEST_P(FullBand, CleanSpeechKeepsWhatItHasAbove8kHz) {
  const Signal speech = ReadClip("fullband_speech_48k.flac");
  EXPECT_GE(GainDb(speech, Denoise(GetParam(), speech, kRate), 8000.0, 16000.0),
            -1.0);
}

INSTANTIATE_TEST_SUITE_P(Builtin, FullBand,
                         ::testing::ValuesIn(BuiltinBackends()),
                         [](const auto& info) {
                           return TestNameOf(info.param);
                         });

}  // namespace
}  // namespace tacet
