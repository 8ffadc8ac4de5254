// SPDX-License-Identifier: Apache-2.0
// What no caller should do with the C interface, and what it then says.
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/capi/tacet.h"
#include "tests/model/capi/handles.h"

namespace tacet {
namespace {

using testing::HasSubstr;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

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

}  // namespace
}  // namespace tacet
