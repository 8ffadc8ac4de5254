// SPDX-License-Identifier: Apache-2.0
// What ships: every compiled-in model on both backends, as a test's parameter.
#ifndef TACET_TESTS_MODEL_BUILTIN_BACKEND_H_
#define TACET_TESTS_MODEL_BUILTIN_BACKEND_H_

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "dsp/front_end.h"
#include "model/estimator_source.h"
#include "model/model.h"

namespace tacet {

struct BuiltinBackend {
  std::string model;
  bool is_fixed = false;
};

inline void PrintTo(const BuiltinBackend& backend, std::ostream* out) {
  *out << backend.model << (backend.is_fixed ? ", fixed" : ", float");
}

// All of them; none where no model was compiled in.
std::vector<BuiltinBackend> BuiltinBackends();

// base-low-latency in floats is base_low_latency_float.
std::string TestNameOf(const BuiltinBackend& backend);

std::shared_ptr<const Model> ModelOf(const BuiltinBackend& backend);

// With the fastest kernels of this CPU.
EstimatorSource SourceOf(const BuiltinBackend& backend);

// The window that its model was trained for.
WindowKind WindowOf(const BuiltinBackend& backend);

}  // namespace tacet

#endif  // TACET_TESTS_MODEL_BUILTIN_BACKEND_H_
