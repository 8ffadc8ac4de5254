// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_TRAINING_KERNELS_SIGMOID_H_
#define TACET_TRAINING_KERNELS_SIGMOID_H_

#include <algorithm>
#include <cmath>

// Clamped: with -ffast-math a division by infinity need not be 0.
inline float Sigmoid(float x) {
  return 1.0f / (1.0f + std::exp(-std::max(x, -80.0f)));
}

#endif  // TACET_TRAINING_KERNELS_SIGMOID_H_
