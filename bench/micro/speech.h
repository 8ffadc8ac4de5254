// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_BENCH_MICRO_SPEECH_H_
#define TACET_BENCH_MICRO_SPEECH_H_

#include <memory>
#include <vector>

#include "model/model.h"

namespace tacet {

// The noisy speech of docs/sample/ at a rate in Hz; Fail where it cannot be
// had.
const std::vector<float>& SpeechSamples(int rate_hz);

// Tokens that a benchmark goes round in: as many as leave room in a
// second-level cache for the weights.
inline constexpr int kNumTokens = 32;

// Features of the model's own kind, of that speech from its start to kNumTokens
// hops after its middle: the last kNumTokens are for measuring.
std::vector<std::vector<float>> SpeechFeatures(
    const std::shared_ptr<const Model>& model);

}  // namespace tacet

#endif  // TACET_BENCH_MICRO_SPEECH_H_
