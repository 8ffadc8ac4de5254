// SPDX-License-Identifier: Apache-2.0
#include "cli/backend.h"

#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "chips/chip_file.h"
#include "model/block/fixed_block_network.h"
#include "model/block/float_block_network.h"
#include "model/fixed/estimator.h"
#include "model/kernels/fixed_kernels.h"
#include "model/kernels/float_kernels.h"
#include "model/neuromorphic/estimator.h"

namespace tacet {
namespace {

// The first of that name, or of all for an empty name.
template <typename Kernels>
absl::StatusOr<const Kernels*> Find(std::span<const Kernels> supported,
                                    const std::string& name) {
  std::string known;
  for (const Kernels& kernels : supported) {
    if (name.empty() || name == kernels.name) return &kernels;
    absl::StrAppend(&known, known.empty() ? "" : ", ", kernels.name);
  }
  return absl::NotFoundError(absl::StrCat(
      "kernels ", name, ": this processor has none of the name, but ", known));
}

absl::StatusOr<EstimatorSource> NeuromorphicOf(
    std::shared_ptr<const Model> model) {
  const auto chip = LoadChip(std::string(kDefaultChip));
  if (!chip.ok()) return chip.status();
  auto network = MapModel(*model, *chip, CorePlacement::kCompact);
  if (!network.ok()) return network.status();
  return NeuromorphicEstimators(std::move(model), *std::move(network));
}

}  // namespace

const char* BackendName(Backend backend) {
  switch (backend) {
    case Backend::kAuto:
      return "auto";
    case Backend::kFloat:
      return "float";
    case Backend::kFixed:
      return "fixed";
    case Backend::kNeuromorphic:
      return "neuromorphic";
  }
  return "";
}

Backend BackendFor(const Model& model, Backend backend) {
  if (backend != Backend::kAuto) return backend;
  return model.fixed() != nullptr ? Backend::kFixed : Backend::kFloat;
}

absl::StatusOr<EstimatorSource> EstimatorsOf(std::shared_ptr<const Model> model,
                                             Backend backend,
                                             const std::string& kernels) {
  backend = BackendFor(*model, backend);
  if (backend == Backend::kNeuromorphic) {
    return NeuromorphicOf(std::move(model));
  }
  if (backend == Backend::kFixed) {
    const auto found = Find(SupportedFixedKernels(), kernels);
    if (!found.ok()) return found.status();
    return FixedEstimators(std::move(model), **found);
  }
  const auto found = Find(SupportedFloatKernels(), kernels);
  if (!found.ok()) return found.status();
  return FloatEstimators(std::move(model), **found);
}

absl::StatusOr<EstimatorSource> BlockEstimatorsOf(
    std::shared_ptr<const Model> model, Backend backend,
    const std::string& kernels) {
  backend = BackendFor(*model, backend);
  const bool is_float = backend == Backend::kFloat;
  if (backend == Backend::kNeuromorphic ||
      (is_float ? SupportedFloatBlockKernels().empty()
                : SupportedFixedBlockKernels().empty())) {
    return absl::UnimplementedError(
        absl::StrCat("blocks: the ", BackendName(backend),
                     " backend has none on this processor"));
  }
  if (is_float) {
    const auto found = Find(SupportedFloatBlockKernels(), kernels);
    if (!found.ok()) return found.status();
    return FloatBlockEstimators(std::move(model), **found);
  }
  const auto found = Find(SupportedFixedBlockKernels(), kernels);
  if (!found.ok()) return found.status();
  auto source = FixedBlockEstimators(model, **found);
  if (source.has_value()) return *std::move(source);
  // It tells what the model lacks.
  return FixedEstimators(std::move(model)).status();
}

std::string KernelsName(Backend backend, const std::string& kernels) {
  if (backend == Backend::kNeuromorphic) return "simulated";
  if (!kernels.empty()) return kernels;
  return backend == Backend::kFixed ? SupportedFixedKernels().front().name
                                    : SupportedFloatKernels().front().name;
}

std::string BlockKernelsName(Backend backend, const std::string& kernels) {
  if (!kernels.empty()) return kernels;
  return backend == Backend::kFixed ? SupportedFixedBlockKernels().front().name
                                    : SupportedFloatBlockKernels().front().name;
}

}  // namespace tacet
