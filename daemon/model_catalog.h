// SPDX-License-Identifier: Apache-2.0
// Models by name or path, ready to run.
#ifndef TACET_DAEMON_MODEL_CATALOG_H_
#define TACET_DAEMON_MODEL_CATALOG_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "daemon/supervisor.h"
#include "model/offload.h"

namespace tacet {

// kAuto: kFixed where the model has integers, else kFloat.
enum class NetworkBackend { kAuto, kFloat, kFixed, kNeuromorphic };

// How the network of a model is run.
struct EngineOptions {
  NetworkBackend backend = NetworkBackend::kAuto;
  OffloadParams offload;  // of kNeuromorphic
};

// A compiled-in model, or a file where the name holds a '/'.
// kNeuromorphic runs beside the audio (model/offload.h) on the default chip.
// Errors: those of Model::Builtin and Model::LoadFile, FixedEstimators,
// MapModel and OffloadEstimators.
// Thread: any.  Realtime-safe: no.
absl::StatusOr<NamedEngine> FindEngine(const std::string& name_or_path,
                                       const EngineOptions& options = {});

// Gives it a stream of the path's present format.
// Errors: those of AudioPath::Prepare.  Thread: any.  Realtime-safe: no.
absl::Status PrepareEngine(const AudioPath& path, NamedEngine* engine);

// The largest of `others` that is smaller than `engine`, by size, and was
// trained for the same window, so that it has the same latency.
// Thread: any.  Realtime-safe: no.
std::optional<NamedEngine> LargestSmaller(const NamedEngine& engine,
                                          std::vector<NamedEngine> others);

// The largest compiled-in model that is smaller than `engine`'s and was trained
// for the same window, so that it has the same latency.
// Thread: any.  Realtime-safe: no.
std::optional<NamedEngine> SmallerEngine(const NamedEngine& engine,
                                         const EngineOptions& options = {});

}  // namespace tacet

#endif  // TACET_DAEMON_MODEL_CATALOG_H_
