// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_TESTS_MODEL_FIXED_MAKE_FIXED_MODEL_H_
#define TACET_TESTS_MODEL_FIXED_MAKE_FIXED_MODEL_H_

#include <memory>

#include "tests/model/make_model.h"

namespace tacet {

// A sealed version 2 file: that of MakeModelFile(spec), which must be ReLU, and
// a fixed-point part with one exponent for all rows. It is valid, not good.
RawFile MakeFixedModelFile(const ModelSpec& spec, int state_bits = 24);

// Loads it. Ends the program where the loader refuses.
std::shared_ptr<const Model> MakeFixedModel(const ModelSpec& spec,
                                            int state_bits = 24);

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_FIXED_MAKE_FIXED_MODEL_H_
