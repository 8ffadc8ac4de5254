// SPDX-License-Identifier: Apache-2.0
#include "tests/model/builtin_backend.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "model/fixed/estimator.h"

namespace tacet {

std::vector<BuiltinBackend> BuiltinBackends() {
  std::vector<BuiltinBackend> backends;
  for (const std::string& name : Model::BuiltinNames()) {
    for (const bool is_fixed : {false, true}) {
      backends.push_back({name, is_fixed});
    }
  }
  return backends;
}

std::string TestNameOf(const BuiltinBackend& backend) {
  std::string name = backend.model + (backend.is_fixed ? "_fixed" : "_float");
  std::ranges::replace(name, '-', '_');
  return name;
}

std::shared_ptr<const Model> ModelOf(const BuiltinBackend& backend) {
  const auto model = Model::Builtin(backend.model);
  EXPECT_TRUE(model.ok()) << model.status();
  return *model;
}

EstimatorSource SourceOf(const BuiltinBackend& backend) {
  if (!backend.is_fixed) return FloatEstimators(ModelOf(backend));
  const auto source = FixedEstimators(ModelOf(backend));
  EXPECT_TRUE(source.ok()) << source.status();
  return *source;
}

WindowKind WindowOf(const BuiltinBackend& backend) {
  return ModelOf(backend)->metadata().front_end.window;
}

}  // namespace tacet
