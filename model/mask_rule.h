// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_MASK_RULE_H_
#define TACET_MODEL_MASK_RULE_H_

namespace tacet {

// How the network's outputs become the mask (model/mask.h).
enum class MaskRule { kOnePlus, kSigmoid, kComplex };

}  // namespace tacet

#endif  // TACET_MODEL_MASK_RULE_H_
