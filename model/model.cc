// SPDX-License-Identifier: Apache-2.0
#include "model/model.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "model/builtin_models.h"
#include "model/fixed/read_weights.h"
#include "model/model_file.h"
#include "model/safetensors.h"
#include "model/sha256.h"
#include "model/str_cat.h"

namespace tacet {
namespace {

constexpr std::string_view kDefaultName = "large";

absl::Status In(std::string_view name, const absl::Status& status) {
  return {status.code(), StrCat(name, ": ", status.message())};
}

absl::Status CheckHash(const Safetensors& container,
                       const ModelMetadata& metadata) {
  const std::string found = Sha256Hex(container.data());
  if (found == metadata.sha256) return absl::OkStatus();
  return absl::InvalidArgumentError(
      StrCat("metadata sha256: ", Printable(metadata.sha256), ", expected ",
             found, " of the data section"));
}

}  // namespace

Model::Model(AlignedBuffer file, ModelMetadata metadata, NetworkWeights weights,
             std::optional<FixedWeights> fixed)
    : file_(std::move(file)),
      metadata_(std::move(metadata)),
      weights_(std::move(weights)),
      fixed_(std::move(fixed)) {}

absl::StatusOr<std::shared_ptr<const Model>> Model::FromBuffer(
    std::string_view name, AlignedBuffer file) {
  const auto container = Safetensors::Parse(file.bytes());
  if (!container.ok()) return In(name, container.status());
  auto metadata = ParseMetadata(container->metadata());
  if (!metadata.ok()) return In(name, metadata.status());
  const absl::Status hash = CheckHash(*container, *metadata);
  if (!hash.ok()) return In(name, hash);
  auto weights = ReadWeights(*container, *metadata);
  if (!weights.ok()) return In(name, weights.status());
  std::optional<FixedWeights> fixed;
  if (metadata->version == 2) {
    auto read = ReadFixedWeights(*container, *metadata, *weights);
    if (!read.ok()) return In(name, read.status());
    fixed = *std::move(read);
  }
  return std::shared_ptr<const Model>(
      new Model(std::move(file), *std::move(metadata), *std::move(weights),
                std::move(fixed)));
}

absl::StatusOr<std::shared_ptr<const Model>> Model::Load(
    std::string_view name, std::span<const std::byte> file) {
  const absl::Status size = CheckModelFileSize(file.size());
  if (!size.ok()) return In(name, size);
  return FromBuffer(name, AlignedBuffer::CopyOf(file));
}

absl::StatusOr<std::shared_ptr<const Model>> Model::LoadFile(
    const std::string& path) {
  absl::StatusOr<AlignedBuffer> file = ReadModelFile(path);
  if (!file.ok()) return In(path, file.status());
  return FromBuffer(path, *std::move(file));
}

absl::StatusOr<std::shared_ptr<const Model>> Model::Builtin(
    std::string_view name) {
  for (const BuiltinModel& model : BuiltinModels()) {
    if (model.name == name) {
      return FromBuffer(StrCat("built-in model ", name),
                        AlignedBuffer::ViewOf(model.file));
    }
  }
  const std::vector<std::string> names = BuiltinNames();
  return absl::NotFoundError(
      StrCat("no built-in model ", Printable(name), "; there ",
             names.empty() ? "is none" : "are: ", absl::StrJoin(names, ", ")));
}

absl::StatusOr<std::shared_ptr<const Model>> Model::Default() {
  return Builtin(kDefaultName);
}

void Model::ReleaseFile() const {
  if (!file_.is_view()) return;
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<uintptr_t>(file_.bytes().data());
  const uintptr_t first = (begin + page - 1) / page * page;
  const uintptr_t last = (begin + file_.bytes().size()) / page * page;
  // They are the program's file, not written to: a page that is wanted again
  // comes back with the same bytes.
  if (first < last) {
    madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
  }
}

std::vector<std::string> Model::BuiltinNames() {
  std::vector<std::string> names;
  for (const BuiltinModel& model : BuiltinModels()) {
    names.emplace_back(model.name);
  }
  std::ranges::sort(
      names);  // the build sorts their files: "base-" before "base."
  return names;
}

}  // namespace tacet
