// SPDX-License-Identifier: Apache-2.0
#include "model/capi/tacet.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/stream.h"
#include "tests/model/engine_support.h"
#include "tests/model/make_model.h"
#include "tests/support/realtime_guard.h"
#include "tests/support/sanitizer.h"
#include "tests/support/signals.h"

namespace tacet {
namespace {

using testing::HasSubstr;

constexpr int kNumFrames = 12000;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// The small random model of the engine's own tests.
const std::vector<std::byte>& ModelBytes() {
  static const std::vector<std::byte> bytes = MakeModelFile({}).Serialize();
  return bytes;
}

// A model and a stream; owns both.
struct Handles {
  explicit Handles(int rate_hz = 48000, int channels = 1,
                   int link = TACET_LINKED) {
    tacet_error error;
    EXPECT_EQ(tacet_model_open_memory(ModelBytes().data(), ModelBytes().size(),
                                      &model, &error),
              TACET_OK)
        << error.text;
    EXPECT_EQ(
        tacet_stream_create(model, rate_hz, channels, link, &stream, &error),
        TACET_OK)
        << error.text;
  }
  ~Handles() {
    tacet_stream_free(stream);
    tacet_model_free(model);
  }
  tacet_statistics Statistics() const {
    tacet_statistics statistics;
    EXPECT_EQ(tacet_stream_statistics(stream, &statistics, sizeof statistics),
              TACET_OK);
    return statistics;
  }

  tacet_model* model = nullptr;
  tacet_stream* stream = nullptr;
};

std::vector<Signal> Noise(int channels) {
  std::vector<Signal> noise;
  for (int c = 0; c < channels; ++c) {
    noise.push_back(WhiteNoise(kNumFrames, static_cast<uint32_t>(c + 1), 0.1f));
  }
  return noise;
}

std::vector<float> Interleave(const std::vector<Signal>& planes) {
  std::vector<float> out;
  for (size_t i = 0; i < planes[0].size(); ++i) {
    for (const Signal& plane : planes) out.push_back(plane[i]);
  }
  return out;
}

// What the engine itself makes of it.
std::vector<Signal> Expected(const std::vector<Signal>& in, int rate_hz,
                             ChannelLink link) {
  StreamParams params;
  params.sample_rate_hz = rate_hz;
  params.num_channels = static_cast<int>(in.size());
  params.link = link;
  params.strength = kDefaultStrength;
  auto stream = Stream::Create(MakeModel({}), params);
  EXPECT_TRUE(stream.ok());
  return RunStream(stream->get(), in, {1000});
}

TEST(Tacet, InterleavedInPlaceIsTheEngineBitForBitAtAnyBlockSize) {
  for (const int rate_hz : {16000, 44100, 48000}) {
    const std::vector<Signal> in = Noise(2);
    const std::vector<float> expected =
        Interleave(Expected(in, rate_hz, ChannelLink::kLinked));
    for (const size_t block : {1u, 480u, 777u, 12000u}) {
      Handles handles(rate_hz, 2);
      std::vector<float> samples = Interleave(in);
      for (size_t done = 0; done < kNumFrames; done += block) {
        const size_t count = std::min(block, kNumFrames - done);
        float* at = samples.data() + 2 * done;
        ASSERT_EQ(tacet_process_f32(handles.stream, at, at, count), TACET_OK);
      }
      EXPECT_EQ(samples, expected) << rate_hz << " Hz, blocks of " << block;
    }
  }
}

TEST(Tacet, PlanarIsTheEngineBitForBit) {
  const std::vector<Signal> in = Noise(3);
  std::vector<Signal> out(3, Signal(kNumFrames));
  Handles handles(48000, 3, TACET_INDEPENDENT);
  const float* from[] = {in[0].data(), in[1].data(), in[2].data()};
  float* to[] = {out[0].data(), out[1].data(), out[2].data()};
  ASSERT_EQ(tacet_process_planar_f32(handles.stream, from, to, kNumFrames),
            TACET_OK);
  EXPECT_EQ(out, Expected(in, 48000, ChannelLink::kIndependent));
}

TEST(Tacet, SixteenBitsAreTheEngineRounded) {
  std::vector<int16_t> samples;
  std::vector<Signal> in(1);
  for (const float x : WhiteNoise(kNumFrames, 1, 0.1f)) {
    samples.push_back(static_cast<int16_t>(std::lrint(x * 32767.0f)));
    in[0].push_back(static_cast<float>(samples.back()) / 32768.0f);
  }
  std::vector<int16_t> expected;
  const std::vector<Signal> engine = Expected(in, 48000, ChannelLink::kLinked);
  for (const float y : engine[0]) {
    expected.push_back(static_cast<int16_t>(std::lrint(y * 32768.0f)));
  }
  std::vector<int16_t> interleaved(kNumFrames);
  Handles one;
  ASSERT_EQ(tacet_process_s16(one.stream, samples.data(), interleaved.data(),
                              kNumFrames),
            TACET_OK);
  EXPECT_EQ(interleaved, expected);
  Handles other;
  int16_t* const plane[] = {samples.data()};
  ASSERT_EQ(tacet_process_planar_s16(other.stream, plane, plane, kNumFrames),
            TACET_OK);
  EXPECT_EQ(samples, expected);
}

TEST(Tacet, SixteenBitOutputIsLimitedNotWrapped) {
  Handles handles;
  ASSERT_EQ(tacet_stream_set_bypass(handles.stream, 1), TACET_OK);
  ASSERT_EQ(tacet_stream_reset(handles.stream), TACET_OK);
  // A square wave of full scale; what bypass gives back overshoots by rounding.
  std::vector<int16_t> samples(kNumFrames);
  for (size_t i = 0; i < samples.size(); ++i) {
    samples[i] = i / 50 % 2 == 0 ? INT16_MAX : INT16_MIN;
  }
  const std::vector<int16_t> in = samples;
  ASSERT_EQ(tacet_process_s16(handles.stream, samples.data(), samples.data(),
                              samples.size()),
            TACET_OK);
  const size_t latency =
      static_cast<size_t>(tacet_stream_latency(handles.stream));
  for (size_t i = 2 * latency; i < samples.size(); ++i) {
    ASSERT_NEAR(samples[i], in[i - latency], 2) << i;
  }
}

TEST(Tacet, BypassGivesTheInputBackAfterTheLatency) {
  Handles handles;
  EXPECT_EQ(tacet_stream_latency(handles.stream), 1536);
  ASSERT_EQ(tacet_stream_set_bypass(handles.stream, 1), TACET_OK);
  ASSERT_EQ(tacet_stream_reset(handles.stream), TACET_OK);
  const Signal in = Noise(1)[0];
  Signal out(kNumFrames);
  ASSERT_EQ(
      tacet_process_f32(handles.stream, in.data(), out.data(), kNumFrames),
      TACET_OK);
  EXPECT_LT(DelayedErrorDb(in, out, 1536), -100.0);
}

TEST(Tacet, ResetForgetsTheSignalAndKeepsTheSettings) {
  const Signal in = Noise(1)[0];
  Signal first(kNumFrames), second(kNumFrames);
  Handles handles;
  ASSERT_EQ(tacet_stream_set_strength(handles.stream, 6.0f), TACET_OK);
  ASSERT_EQ(tacet_stream_reset(handles.stream), TACET_OK);
  ASSERT_EQ(
      tacet_process_f32(handles.stream, in.data(), first.data(), kNumFrames),
      TACET_OK);
  EXPECT_EQ(handles.Statistics().frames, uint64_t{kNumFrames});
  ASSERT_EQ(tacet_stream_reset(handles.stream), TACET_OK);
  EXPECT_EQ(handles.Statistics().frames, 0u);
  ASSERT_EQ(
      tacet_process_f32(handles.stream, in.data(), second.data(), kNumFrames),
      TACET_OK);
  EXPECT_EQ(first, second);
  EXPECT_NE(first, Expected({in}, 48000, ChannelLink::kLinked)[0]);
}

TEST(Tacet, BadSamplesAreCountedAndDoNotComeOut) {
  Handles handles;
  std::vector<float> samples(kNumFrames, 0.01f);
  samples[100] = NAN;
  samples[200] = kInfinity;
  samples[300] = -kInfinity;
  samples[400] = 1e30f;
  ASSERT_EQ(tacet_process_f32(handles.stream, samples.data(), samples.data(),
                              samples.size()),
            TACET_OK);
  EXPECT_EQ(handles.Statistics().non_finite_samples, 4u);
  EXPECT_EQ(handles.Statistics().hops, uint64_t{kNumFrames / 384});
  EXPECT_TRUE(AllFinite({samples}));
}

TEST(Tacet, TheModelMayBeFreedBeforeItsStreams) {
  Handles handles;
  tacet_model_free(handles.model);
  handles.model = nullptr;
  std::vector<float> samples(kNumFrames);
  EXPECT_EQ(tacet_process_f32(handles.stream, samples.data(), samples.data(),
                              samples.size()),
            TACET_OK);
}

TEST(Tacet, ProcessAndSettingsAreRealtimeSafe) {
  Handles handles(44100, 2);
  std::vector<float> samples(2 * kNumFrames, 0.1f);
  std::vector<int16_t> words(2 * kNumFrames, 100);
  tacet_statistics statistics;
  const RealtimeGuard::Counts counts = CountRealtimeViolations([&] {
    tacet_process_f32(handles.stream, samples.data(), samples.data(),
                      kNumFrames);
    tacet_stream_set_strength(handles.stream, 10.0f);
    tacet_stream_set_bypass(handles.stream, 1);
    tacet_process_s16(handles.stream, words.data(), words.data(), kNumFrames);
    tacet_stream_statistics(handles.stream, &statistics, sizeof statistics);
    tacet_stream_latency(handles.stream);
    tacet_process_f32(handles.stream, nullptr, nullptr, 1);
    tacet_status_text(TACET_NO_MEMORY);
    tacet_version();
    tacet_stream_reset(handles.stream);
  });
  EXPECT_EQ(counts.total(), 0);
}

TEST(Tacet, SettingsAndStatisticsMayComeFromOtherThreads) {
  Handles handles;
  std::thread audio([&handles] {
    std::vector<float> samples(480, 0.1f);
    for (int i = 0; i < 100; ++i) {
      tacet_process_f32(handles.stream, samples.data(), samples.data(), 480);
    }
  });
  uint64_t last = 0;
  for (int i = 0; i < 1000; ++i) {
    tacet_stream_set_strength(handles.stream, static_cast<float>(i % 20));
    tacet_stream_set_bypass(handles.stream, i % 2);
    const uint64_t now = handles.Statistics().frames;
    EXPECT_GE(now, last);
    last = now;
  }
  audio.join();
  EXPECT_EQ(handles.Statistics().frames, 48000u);
}

// --- misuse ------------------------------------------------------------------

TEST(TacetMisuse, NullHandlesAreRefusedOrIgnored) {
  float sample = 0.0f;
  int16_t word = 0;
  float* plane[] = {&sample};
  int16_t* word_plane[] = {&word};
  tacet_statistics statistics;
  EXPECT_EQ(tacet_process_f32(nullptr, &sample, &sample, 1),
            TACET_INVALID_ARGUMENT);
  EXPECT_EQ(tacet_process_s16(nullptr, &word, &word, 1),
            TACET_INVALID_ARGUMENT);
  EXPECT_EQ(tacet_process_planar_f32(nullptr, plane, plane, 1),
            TACET_INVALID_ARGUMENT);
  EXPECT_EQ(tacet_process_planar_s16(nullptr, word_plane, word_plane, 1),
            TACET_INVALID_ARGUMENT);
  EXPECT_EQ(tacet_stream_reset(nullptr), TACET_INVALID_ARGUMENT);
  EXPECT_EQ(tacet_stream_set_strength(nullptr, 1.0f), TACET_INVALID_ARGUMENT);
  EXPECT_EQ(tacet_stream_set_bypass(nullptr, 1), TACET_INVALID_ARGUMENT);
  EXPECT_EQ(tacet_stream_statistics(nullptr, &statistics, sizeof statistics),
            TACET_INVALID_ARGUMENT);
  EXPECT_EQ(tacet_stream_latency(nullptr), 0);
  tacet_stream_free(nullptr);
  tacet_model_free(nullptr);
}

TEST(TacetMisuse, NullBuffersAreRefusedUnlessThereIsNothingToDo) {
  Handles handles(48000, 2);
  float samples[2] = {};
  float* planes[] = {samples, nullptr};
  EXPECT_EQ(tacet_process_f32(handles.stream, nullptr, samples, 1),
            TACET_INVALID_ARGUMENT);
  EXPECT_EQ(tacet_process_f32(handles.stream, samples, nullptr, 1),
            TACET_INVALID_ARGUMENT);
  EXPECT_EQ(tacet_process_planar_f32(handles.stream, planes, planes, 1),
            TACET_INVALID_ARGUMENT);
  EXPECT_EQ(tacet_process_planar_f32(handles.stream, nullptr, nullptr, 1),
            TACET_INVALID_ARGUMENT);
  EXPECT_EQ(handles.Statistics().frames, 0u);
  EXPECT_EQ(tacet_process_f32(handles.stream, nullptr, nullptr, 0), TACET_OK);
  EXPECT_EQ(tacet_process_planar_f32(handles.stream, nullptr, nullptr, 0),
            TACET_OK);
}

TEST(TacetMisuse, MoreFramesThanMemoryHoldsAreRefused) {
  Handles handles(48000, 2);
  float samples[2] = {};
  float* planes[] = {samples, samples + 1};
  constexpr size_t kMost = PTRDIFF_MAX / sizeof(float);
  for (const size_t frames : {SIZE_MAX, SIZE_MAX / 2, kMost + 1}) {
    EXPECT_EQ(tacet_process_f32(handles.stream, samples, samples, frames),
              TACET_INVALID_ARGUMENT);
    EXPECT_EQ(tacet_process_planar_f32(handles.stream, planes, planes, frames),
              TACET_INVALID_ARGUMENT);
  }
  // Two channels, so that half as many frames fit.
  EXPECT_EQ(tacet_process_f32(handles.stream, samples, samples, kMost / 2 + 1),
            TACET_INVALID_ARGUMENT);
  EXPECT_EQ(handles.Statistics().frames, 0u);
}

TEST(TacetMisuse, RatesAndChannelsOutOfRangeAreNamed) {
  const Handles handles;
  tacet_error error;
  tacet_stream* stream = handles.stream;
  const auto refuses = [&](int rate_hz, int channels, int link) {
    EXPECT_EQ(tacet_stream_create(handles.model, rate_hz, channels, link,
                                  &stream, &error),
              TACET_INVALID_ARGUMENT);
    EXPECT_EQ(stream, nullptr);
    return std::string(error.text);
  };
  EXPECT_THAT(refuses(0, 1, 0), HasSubstr("sample rate is 0 Hz"));
  EXPECT_THAT(refuses(-48000, 1, 0), HasSubstr("1000..384000"));
  EXPECT_THAT(refuses(INT32_MAX, 1, 0), HasSubstr("2147483647 Hz"));
  EXPECT_THAT(refuses(48000, 0, 0), HasSubstr("0 channels, expected 1..32"));
  EXPECT_THAT(refuses(48000, INT32_MIN, 0), HasSubstr("-2147483648 channels"));
  EXPECT_THAT(refuses(48000, 33, 0), HasSubstr("33 channels"));
  EXPECT_THAT(refuses(48000, 1, 7), HasSubstr("link"));
}

TEST(TacetMisuse, CreateRefusesNullAndTakesNoErrorText) {
  const Handles handles;
  tacet_error error;
  tacet_stream* stream = nullptr;
  EXPECT_EQ(tacet_stream_create(nullptr, 48000, 1, 0, &stream, &error),
            TACET_INVALID_ARGUMENT);
  EXPECT_THAT(error.text, HasSubstr("model is null"));
  EXPECT_EQ(tacet_stream_create(handles.model, 48000, 1, 0, nullptr, &error),
            TACET_INVALID_ARGUMENT);
  EXPECT_THAT(error.text, HasSubstr("stream is null"));
  EXPECT_EQ(tacet_stream_create(nullptr, 48000, 1, 0, nullptr, nullptr),
            TACET_INVALID_ARGUMENT);
}

TEST(TacetMisuse, StrengthThatIsNoStrengthIsRefused) {
  Handles handles;
  for (const float limit_db : {-1.0f, -kInfinity, NAN}) {
    EXPECT_EQ(tacet_stream_set_strength(handles.stream, limit_db),
              TACET_INVALID_ARGUMENT);
  }
  for (const float limit_db : {0.0f, 1e30f, kInfinity}) {
    EXPECT_EQ(tacet_stream_set_strength(handles.stream, limit_db), TACET_OK);
  }
}

TEST(TacetMisuse, StatisticsOfAnotherSize) {
  const Handles handles;
  tacet_statistics statistics = {1, 2, 3, 4};
  EXPECT_EQ(tacet_stream_statistics(handles.stream, &statistics,
                                    2 * sizeof(uint64_t)),
            TACET_OK);
  EXPECT_EQ(statistics.hops, 0u);
  EXPECT_EQ(statistics.missing_masks, 3u) << "beyond the size: untouched";
  EXPECT_EQ(tacet_stream_statistics(handles.stream, &statistics,
                                    sizeof statistics + 1),
            TACET_INVALID_ARGUMENT);
  EXPECT_EQ(tacet_stream_statistics(handles.stream, nullptr, 0),
            TACET_INVALID_ARGUMENT);
}

TEST(TacetMisuse, ModelsThatAreNoneAreNamed) {
  tacet_error error;
  tacet_model* model = nullptr;
  EXPECT_EQ(tacet_model_open("/nonexistent/model.tacet", &model, &error),
            TACET_CANNOT_READ);
  EXPECT_THAT(error.text, HasSubstr("/nonexistent/model.tacet"));
  EXPECT_EQ(model, nullptr);
  EXPECT_EQ(tacet_model_open("/dev/null", &model, &error), TACET_BAD_MODEL);
  EXPECT_EQ(tacet_model_open("/nonexistent", nullptr, &error),
            TACET_INVALID_ARGUMENT);
  EXPECT_EQ(tacet_model_open_memory(nullptr, 100, &model, &error),
            TACET_INVALID_ARGUMENT);
  EXPECT_EQ(tacet_model_open_memory("x", 1, nullptr, &error),
            TACET_INVALID_ARGUMENT);
  EXPECT_EQ(tacet_model_open_memory("x", 0, &model, &error), TACET_BAD_MODEL);
  EXPECT_EQ(tacet_model_open_memory("x", 1, &model, nullptr), TACET_BAD_MODEL);
  std::vector<std::byte> bytes = ModelBytes();
  bytes.back() ^= std::byte{1};
  EXPECT_EQ(tacet_model_open_memory(bytes.data(), bytes.size(), &model, &error),
            TACET_BAD_MODEL);
  EXPECT_THAT(error.text, HasSubstr("sha256"));
  for (size_t size = 0; size < bytes.size(); size += 97) {
    EXPECT_EQ(tacet_model_open_memory(bytes.data(), size, &model, &error),
              TACET_BAD_MODEL);
    EXPECT_EQ(model, nullptr);
  }
}

TEST(TacetMisuse, LongErrorsAreCutAndEnd) {
  tacet_error error;
  tacet_model* model = nullptr;
  std::string path;
  for (int i = 0; i < 200; ++i) path += "/none";
  EXPECT_EQ(tacet_model_open(path.c_str(), &model, &error), TACET_CANNOT_READ);
  EXPECT_EQ(std::string(error.text).size(), sizeof error.text - 1);
}

TEST(Tacet, TheBuiltInModelOpens) {
  tacet_error error;
  tacet_model* model = nullptr;
  if (Model::BuiltinNames().empty()) GTEST_SKIP() << "no weights here";
  EXPECT_EQ(tacet_model_open(nullptr, &model, &error), TACET_OK) << error.text;
  EXPECT_STREQ(error.text, "");
  tacet_model_free(model);
}

TEST(Tacet, EachStatusHasItsText) {
  for (int status = TACET_OK; status <= TACET_NO_MEMORY; ++status) {
    EXPECT_STRNE(tacet_status_text(status), "unknown status");
  }
  EXPECT_STREQ(tacet_status_text(-1), "unknown status");
  EXPECT_THAT(tacet_version(), HasSubstr(" (commit "));
}

}  // namespace
}  // namespace tacet
