// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_ACTIVATION_H_
#define TACET_MODEL_ACTIVATION_H_

#include <cmath>
#include <complex>

#include "dsp/realtime.h"

// The scalar non-linearities of docs/model-format.md. Thread: any.
// Realtime-safe: yes.
namespace tacet {

// act and act0: kRelu is the ReLUfied network, kGelu the dense teacher.
enum class Activation { kRelu, kGelu };
// r = f(s) between the recurrence and C.
enum class StateActivation { kGateRe, kReluParts, kNone };

inline float Sigmoid(float x) noexcept TACET_REALTIME {
  return 1.0f / (1.0f + std::exp(-x));
}

// max(x, 0)
inline float Relu(float x) noexcept TACET_REALTIME {
  return x > 0.0f ? x : 0.0f;
}

// x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))), the tanh approximation of GELU.
// Source: Hendrycks and Gimpel 2016, sec. 2.
inline float GeluTanh(float x) noexcept TACET_REALTIME {
  constexpr float kSqrtTwoOverPi = 0.79788456f;
  return 0.5f * x *
         (1.0f + std::tanh(kSqrtTwoOverPi * (x + 0.044715f * x * x * x)));
}

// Passes s whole where Re s > 0, or Re s = 0 and Im s > 0; else 0. This is
// max(s, 0) in lexicographic order, the complex ReLU that the paper trained.
inline std::complex<float> GateRe(float re, float im) noexcept TACET_REALTIME {
  const bool open = re > 0.0f || (re == 0.0f && im > 0.0f);
  return open ? std::complex<float>(re, im) : std::complex<float>();
}

// act: in front of the gate.
inline float Activate(Activation kind, float x) noexcept TACET_REALTIME {
  return kind == Activation::kRelu ? Relu(x) : GeluTanh(x);
}

// act0: after the encoder and after the residual sum.
inline float ActivateResidual(Activation kind,
                              float x) noexcept TACET_REALTIME {
  return kind == Activation::kRelu ? Relu(x) : x;
}

inline std::complex<float> ActivateState(StateActivation kind, float re,
                                         float im) noexcept TACET_REALTIME {
  switch (kind) {
    case StateActivation::kGateRe:
      return GateRe(re, im);
    case StateActivation::kReluParts:
      return {Relu(re), Relu(im)};
    case StateActivation::kNone:
      break;
  }
  return {re, im};
}

}  // namespace tacet

#endif  // TACET_MODEL_ACTIVATION_H_
