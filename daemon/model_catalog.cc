// SPDX-License-Identifier: Apache-2.0
#include "daemon/model_catalog.h"

#include <memory>
#include <utility>

#include "chips/chip_file.h"
#include "model/fixed/estimator.h"
#include "model/model.h"
#include "model/neuromorphic/estimator.h"

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

absl::StatusOr<EstimatorSource> Offloaded(
    const std::shared_ptr<const Model>& model, const OffloadParams& params,
    std::shared_ptr<OffloadStatus> status) {
  auto shadow = FixedEstimators(model);
  if (!shadow.ok()) return shadow.status();
  const auto chip = LoadChip(std::string(kDefaultChip));
  if (!chip.ok()) return chip.status();
  auto network = MapModel(*model, *chip, CorePlacement::kCompact);
  if (!network.ok()) return network.status();
  return OffloadEstimators(NeuromorphicEstimators(model, *std::move(network)),
                           *std::move(shadow), params, std::move(status));
}

absl::Status SetBackend(const std::shared_ptr<const Model>& model,
                        const EngineOptions& options, NamedEngine* engine) {
  NetworkBackend backend = options.backend;
  if (backend == NetworkBackend::kAuto) {
    backend = model->fixed() != nullptr ? NetworkBackend::kFixed
                                        : NetworkBackend::kFloat;
  }
  if (backend == NetworkBackend::kFloat) {
    engine->engine = FloatEstimators(model);
    return absl::OkStatus();
  }
  absl::StatusOr<EstimatorSource> source;
  if (backend == NetworkBackend::kFixed) {
    engine->backend = "fixed";
    source = FixedEstimators(model);
  } else {
    engine->backend = "neuromorphic";
    auto status = std::make_shared<OffloadStatus>();
    engine->offload = status;
    source = Offloaded(model, options.offload, std::move(status));
  }
  if (!source.ok()) return source.status();
  engine->engine = *std::move(source);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<NamedEngine> FindEngine(const std::string& name_or_path,
                                       const EngineOptions& options) {
  absl::StatusOr<std::shared_ptr<const Model>> model = FindModel(name_or_path);
  if (!model.ok()) return model.status();
  NamedEngine engine;
  engine.name = (*model)->metadata().name;
  engine.source = IsPath(name_or_path) ? name_or_path : "builtin";
  engine.size = (*model)->size();
  const absl::Status status = SetBackend(*model, options, &engine);
  (*model)->ReleaseFile();
  if (!status.ok()) return status;
  return engine;
}

absl::Status PrepareEngine(const AudioPath& path, NamedEngine* engine) {
  absl::StatusOr<PreparedStream> prepared = path.Prepare(engine->engine);
  if (!prepared.ok()) return prepared.status();
  engine->prepared = std::make_shared<PreparedStream>(*std::move(prepared));
  return absl::OkStatus();
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

std::optional<NamedEngine> SmallerEngine(const NamedEngine& engine,
                                         const EngineOptions& options) {
  // One after the other: no more than two are in memory.
  std::optional<NamedEngine> best;
  for (const std::string& name : Model::BuiltinNames()) {
    absl::StatusOr<NamedEngine> other = FindEngine(name, options);
    if (!other.ok()) continue;
    std::vector<NamedEngine> others = {*std::move(other)};
    if (best.has_value()) others.push_back(*std::move(best));
    best = LargestSmaller(engine, std::move(others));
  }
  return best;
}

}  // namespace tacet
