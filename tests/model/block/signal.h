// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_TESTS_MODEL_BLOCK_SIGNAL_H_
#define TACET_TESTS_MODEL_BLOCK_SIGNAL_H_

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "model/estimator_source.h"
#include "model/stream.h"

namespace tacet {

// Noise of changing level with stretches of silence, which are no tokens.
inline std::vector<float> BlockSignal(int num_samples) {
  std::mt19937 engine(3);
  std::normal_distribution<float> normal;
  std::vector<float> x(num_samples);
  for (int i = 0; i < num_samples; ++i) {
    const int part = i / 2900 % 7;
    const float level = part == 3 ? 0.0f : 0.002f * float(part * part);
    x[i] = level * normal(engine);
  }
  return x;
}

// The output without its latency, as long as the input.
inline std::vector<float> DenoiseSignal(const EstimatorSource& source,
                                        int rate_hz,
                                        const std::vector<float>& x) {
  StreamParams params;
  params.sample_rate_hz = rate_hz;
  auto stream = Stream::Create(source, params);
  EXPECT_TRUE(stream.ok()) << stream.status();
  const int latency = (*stream)->latency_samples();
  std::vector<float> in = x;
  in.resize(x.size() + latency);
  std::vector<float> out(in.size());
  const float* from = in.data();
  float* to = out.data();
  (*stream)->Process({&from, 1}, {&to, 1}, static_cast<int>(in.size()));
  EXPECT_EQ((*stream)->counters().num_missing_masks, 0);
  return {out.begin() + latency, out.end()};
}

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_BLOCK_SIGNAL_H_
