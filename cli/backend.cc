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

std::optional<EstimatorSource> BlockEstimatorsOf(
    std::shared_ptr<const Model> model, Backend backend) {
  switch (BackendFor(*model, backend)) {
    case Backend::kFloat:
      return FloatBlockEstimators(std::move(model));
    case Backend::kFixed:
      return FixedBlockEstimators(std::move(model));
    case Backend::kAuto:
    case Backend::kNeuromorphic:
      break;
  }
  return std::nullopt;
}

std::string KernelsName(Backend backend, const std::string& kernels) {
  if (backend == Backend::kNeuromorphic) return "simulated";
  if (!kernels.empty()) return kernels;
  return backend == Backend::kFixed ? SupportedFixedKernels().front().name
                                    : SupportedFloatKernels().front().name;
}

}  // namespace tacet
