// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_WORST_CASE_H_
#define TACET_MODEL_WORST_CASE_H_

#include "model/mask_estimator.h"

namespace tacet {

// The longest of a few tokens through a new estimator, in seconds, which is
// reset afterwards: what MaskEstimator::worst_case_seconds gives until more is
// known. Thread: the estimator's. Realtime-safe: no.
double MeasureWorstCaseSeconds(MaskEstimator& estimator);

}  // namespace tacet

#endif  // TACET_MODEL_WORST_CASE_H_
