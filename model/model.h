// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_MODEL_H_
#define TACET_MODEL_MODEL_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "model/aligned_buffer.h"
#include "model/fixed/weights.h"
#include "model/metadata.h"
#include "model/weights.h"

namespace tacet {

inline constexpr size_t kMaxModelFile = size_t{64} << 20;  // bytes

// What a model file holds (docs/model-format.md), checked: after Load nothing
// about it can be wrong. Immutable, so any number of streams share one.
// Memory: the file's size, for a compiled-in model in the program's own pages,
// and a little for the header.
// Thread: any. Realtime-safe: loading no, reading yes.
class Model {
 public:
  // Checks and takes a model file's bytes, which are copied.
  //   name  stands in front of errors, e.g. the file's path
  // Errors: InvalidArgument: "NAME: tensor layers.0.b_re.columns: column 200 in
  // row 3, expected < 192", always one line.
  static absl::StatusOr<std::shared_ptr<const Model>> Load(
      std::string_view name, std::span<const std::byte> file);

  // Loads a regular file of at most kMaxModelFile bytes.
  // Errors: as Load; those of open and read; InvalidArgument when it is no
  // regular file or too large.
  static absl::StatusOr<std::shared_ptr<const Model>> LoadFile(
      const std::string& path);

  // The model compiled in as model/weights/NAME.tacet, through the same checks;
  // read in place, not copied.
  // Errors: NotFound, listing the names there are.
  static absl::StatusOr<std::shared_ptr<const Model>> Builtin(
      std::string_view name);
  // Builtin("large").
  static absl::StatusOr<std::shared_ptr<const Model>> Default();
  // Names that Builtin knows, sorted.
  static std::vector<std::string> BuiltinNames();

  const ModelMetadata& metadata() const { return metadata_; }
  const NetworkWeights& weights() const { return weights_; }
  // The fixed-point network of a version 2 file, else null.
  const FixedWeights* fixed() const { return fixed_ ? &*fixed_ : nullptr; }
  // Bytes of the file.
  size_t size() const { return file_.bytes().size(); }

  // Takes the pages of a compiled-in model out of memory, for a process that
  // runs for long: after its weights are laid out for kernels, nothing reads
  // them. Whoever reads the model again brings back what he reads.
  // Thread: any. Realtime-safe: no.
  void ReleaseFile() const;

 private:
  Model(AlignedBuffer file, ModelMetadata metadata, NetworkWeights weights,
        std::optional<FixedWeights> fixed);

  static absl::StatusOr<std::shared_ptr<const Model>> FromBuffer(
      std::string_view name, AlignedBuffer file);

  AlignedBuffer file_;
  ModelMetadata metadata_;
  NetworkWeights weights_;             // views into file_
  std::optional<FixedWeights> fixed_;  // views into file_
};

}  // namespace tacet

#endif  // TACET_MODEL_MODEL_H_
