// SPDX-License-Identifier: Apache-2.0
#include "model/float_kernels.h"

#include "model/mask.h"
#include "model/s5_layer.h"

namespace tacet {

constexpr FloatKernels kScalarFloatKernels = {
    .name = "scalar",
    .multiply = Multiply,
    .multiply_add = MultiplyAdd,
    .activate_residual = ActivateAllResiduals,
    .step_states =
        [](const S5Weights& w, StateActivation activation, S5Scratch& scratch,
           S5State& state) noexcept {
          StepStates(w, activation, scratch, state, 0);
        },
    .finish_y = FinishY,
    .add_gated = AddGated,
    .mask = MaskFromOutputs};

}  // namespace tacet
