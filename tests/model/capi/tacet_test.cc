// SPDX-License-Identifier: Apache-2.0
#include "model/capi/tacet.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/stream.h"
#include "tests/model/capi/handles.h"
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
