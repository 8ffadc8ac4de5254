// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_BENCH_MODEL_PRODUCTS_H_
#define TACET_BENCH_MODEL_PRODUCTS_H_

#include <string>

namespace tacet {

// Times all matrix products of a model file's networks with all kernels of this
// CPU, the element-wise loops left out, and prints
//   {"fixed_us": {NAME: T, ...}, "float_us": {NAME: T, ...}}
// the fastest kernels first: medians of so many rounds, in random order, of
// processor time for a hop; half of x is 0. An exit status.
int TimeModelProducts(const std::string& path, int num_rounds);

}  // namespace tacet

#endif  // TACET_BENCH_MODEL_PRODUCTS_H_
