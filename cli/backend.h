// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_BACKEND_H_
#define TACET_CLI_BACKEND_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "model/estimator_source.h"
#include "model/model.h"

namespace tacet {

// What runs the network: floats, the integers of the same file, or those on a
// simulated chip. kAuto: integers where the file has them, else floats.
enum class Backend { kAuto, kFloat, kFixed, kNeuromorphic };

// backend, or what kAuto stands for with this model.
Backend BackendFor(const Model& model, Backend backend);

const char* BackendName(Backend backend);

// The model's estimators on a backend.
//   kernels  empty: the fastest that this CPU has
// Errors: FailedPrecondition where the model has no such part, NotFound where
// this CPU has no kernels of that name (naming those it has).
absl::StatusOr<EstimatorSource> EstimatorsOf(std::shared_ptr<const Model> model,
                                             Backend backend,
                                             const std::string& kernels = "");

// The same masks in blocks of tokens, for less time and later: for files. Those
// of floats differ in their last bits.
// Errors: as EstimatorsOf, and Unimplemented where this CPU has no instructions
// for blocks or the backend knows none.
absl::StatusOr<EstimatorSource> BlockEstimatorsOf(
    std::shared_ptr<const Model> model, Backend backend,
    const std::string& kernels = "");

// The name of the kernels that EstimatorsOf takes, or BlockEstimatorsOf, which
// has succeeded.
std::string KernelsName(Backend backend, const std::string& kernels);
std::string BlockKernelsName(Backend backend, const std::string& kernels);

}  // namespace tacet

#endif  // TACET_CLI_BACKEND_H_
