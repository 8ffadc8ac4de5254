// SPDX-License-Identifier: Apache-2.0
#include "daemon/model_catalog.h"

#include <memory>
#include <utility>

#include "model/model.h"

namespace tacet {
namespace {

bool IsPath(const std::string& name) {
  return name.find('/') != std::string::npos;
}

absl::StatusOr<std::shared_ptr<const Model>> FindModel(
    const std::string& name_or_path) {
  return IsPath(name_or_path) ? Model::LoadFile(name_or_path)
                              : Model::Builtin(name_or_path);
}

}  // namespace

absl::StatusOr<NamedEngine> FindEngine(const std::string& name_or_path) {
  absl::StatusOr<std::shared_ptr<const Model>> model = FindModel(name_or_path);
  if (!model.ok()) return model.status();
  NamedEngine engine;
  engine.name = (*model)->metadata().name;
  engine.source = IsPath(name_or_path) ? name_or_path : "builtin";
  engine.size = (*model)->size();
  engine.engine = FloatEstimators(*std::move(model));
  return engine;
}

std::optional<NamedEngine> LargestSmaller(const NamedEngine& engine,
                                          std::vector<NamedEngine> others) {
  const WindowKind window = engine.engine.make()->front_end().window;
  std::optional<NamedEngine> best;
  for (NamedEngine& other : others) {
    if (other.size < engine.size &&
        other.engine.make()->front_end().window == window &&
        (!best.has_value() || other.size > best->size)) {
      best = std::move(other);
    }
  }
  return best;
}

std::optional<NamedEngine> SmallerEngine(const NamedEngine& engine) {
  std::vector<NamedEngine> others;
  for (const std::string& name : Model::BuiltinNames()) {
    absl::StatusOr<NamedEngine> other = FindEngine(name);
    if (other.ok()) others.push_back(*std::move(other));
  }
  return LargestSmaller(engine, std::move(others));
}

}  // namespace tacet
