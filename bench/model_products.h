// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_BENCH_MODEL_PRODUCTS_H_
#define TACET_BENCH_MODEL_PRODUCTS_H_

#include <string>

namespace tacet {

// Times all matrix products of a model file's networks with the fastest kernels
// of this CPU, the element-wise loops left out, and prints
//   {"fixed_us": T, "float_us": T}
// medians of so many rounds of processor time for a hop; half of x is 0. An
// exit status.
int TimeModelProducts(const std::string& path, int num_rounds);

}  // namespace tacet

#endif  // TACET_BENCH_MODEL_PRODUCTS_H_
