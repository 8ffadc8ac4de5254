// SPDX-License-Identifier: Apache-2.0
#include "model/fixed/kernels.h"

#include "model/fixed/affine.h"
#include "model/fixed/feature_quantiser.h"
#include "model/fixed/mask.h"
#include "model/fixed/s5_layer.h"

namespace tacet {
namespace {

void StepStates(const FixedS5Weights& w, StateActivation activation,
                FixedS5Scratch& scratch,
                FixedS5State& state) noexcept TACET_REALTIME {
  UpdateState(w, scratch, state);
  ActivateFixedState(w, activation, state, scratch);
}

void StartAllY(const FixedS5Weights& w, std::span<const int16_t> x,
               std::span<int32_t> acc) noexcept TACET_REALTIME {
  StartY(w, x, acc);
}

void AddAllGated(const FixedS5Weights& w, const FixedSigmoid& sigmoid,
                 std::span<const int16_t> x, FixedS5Scratch& scratch,
                 std::span<int16_t> out) noexcept TACET_REALTIME {
  AddGated(w, sigmoid, x, scratch, out);
}

constexpr FixedKernels kScalar = {
    .name = "scalar",
    .multiply_add = MultiplyAdd,
    .multiply = MultiplyByAdding<MultiplyAdd>,
    .step_states = StepStates,
    .start_y = StartAllY,
    .add_gated = AddAllGated,
    .round = RoundToActivation,
    .round_relu = RoundToRelu,
    .quantise = QuantiseFeatures,
    .mask = MaskFromFixedOutputs,
};

}  // namespace

const FixedKernels& ScalarFixedKernels() noexcept TACET_REALTIME {
  return kScalar;
}

}  // namespace tacet
