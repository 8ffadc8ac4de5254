// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_TESTS_MODEL_CAPI_HANDLES_H_
#define TACET_TESTS_MODEL_CAPI_HANDLES_H_

#include <cstddef>
#include <vector>

#include "gtest/gtest.h"
#include "model/capi/tacet.h"
#include "tests/model/make_model.h"

namespace tacet {

// The small random model of the engine's own tests.
inline const std::vector<std::byte>& ModelBytes() {
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

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_CAPI_HANDLES_H_
