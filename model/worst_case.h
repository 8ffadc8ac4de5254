// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_WORST_CASE_H_
#define TACET_MODEL_WORST_CASE_H_

#include <span>

#include "model/mask_estimator.h"

namespace tacet {

// Enough for the caches to be warm in all but the first.
inline constexpr int kWorstCaseTokens = 16;

// The longest of kWorstCaseTokens tokens through a new estimator, in seconds,
// which is reset afterwards: what MaskEstimator::worst_case_seconds gives until
// more is known. Thread: the estimator's. Realtime-safe: no.
double MeasureWorstCaseSeconds(MaskEstimator& estimator);

// The features of its token t: others in every token, of both signs, and none
// is 0. A kernel may skip what is 0, so that a network is the dearer the more
// of its activations are not; how many depends on how loud a token is, which is
// why they fall from one to the next, and rise again after eight.
//   features  [any size], moduli of 2^-(t mod 8) times 0.25..2.25
// Thread: any. Realtime-safe: no.
void WorstCaseFeatures(int token, std::span<float> features);

}  // namespace tacet

#endif  // TACET_MODEL_WORST_CASE_H_
