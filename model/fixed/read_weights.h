// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_FIXED_READ_WEIGHTS_H_
#define TACET_MODEL_FIXED_READ_WEIGHTS_H_

#include "absl/status/statusor.h"
#include "model/fixed/weights.h"
#include "model/metadata.h"
#include "model/safetensors.h"
#include "model/weights.h"

namespace tacet {

// Takes the integer weights out of a version 2 container and checks them
// (docs/model-format.md): presence, dtype and shape of each tensor, no unknown
// tensor of the prefix, values and exponents in range, |a|² ≤ 1 − 2^-13, every
// shift that follows from the exponents in range, and for every accumulator
// that no input can make it overflow.
//   weights  the float weights of the same file, whose columns and rows the
//            integer matrices share; they are checked already
// The views live as long as the container's bytes.
// Errors: InvalidArgument, one line: tensor, found, expected.
// Thread: any. Realtime-safe: no.
absl::StatusOr<FixedWeights> ReadFixedWeights(const Safetensors& file,
                                              const ModelMetadata& metadata,
                                              const NetworkWeights& weights);

}  // namespace tacet

#endif  // TACET_MODEL_FIXED_READ_WEIGHTS_H_
