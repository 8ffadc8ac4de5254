// SPDX-License-Identifier: Apache-2.0
#include "cli/model_report.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "model/model_info.h"

namespace tacet {
namespace {

// Text from a file as a terminal may have it: no control characters.
std::string Plain(std::string text) {
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text;
}

std::string Shape(const TensorInfo& tensor) {
  return tensor.is_matrix
             ? absl::StrCat(tensor.num_rows, " x ", tensor.num_columns)
             : absl::StrCat(tensor.num_rows);
}

void AppendTensors(const ModelInfo& info, std::string* text) {
  absl::StrAppendFormat(text, "\n%-24s %12s %10s %10s %9s\n", "tensor", "shape",
                        "values", "bytes", "sparsity");
  for (const TensorInfo& tensor : info.tensors) {
    absl::StrAppendFormat(text, "%-24s %12s %10d %10d", tensor.name,
                          Shape(tensor), tensor.num_values, tensor.num_bytes);
    if (tensor.is_matrix) {
      absl::StrAppendFormat(text, " %7.1f %%", 100 * tensor.sparsity());
    }
    *text += '\n';
  }
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Model>> FindModel(
    const std::string& name) {
  if (name.empty()) return Model::Default();
  std::error_code error;
  if (std::filesystem::exists(name, error)) return Model::LoadFile(name);
  absl::StatusOr<std::shared_ptr<const Model>> model = Model::Builtin(name);
  if (model.ok() || !absl::IsNotFound(model.status())) return model;
  return absl::NotFoundError(
      absl::StrCat(name, ": no such file, and ", model.status().message()));
}

std::string ModelOptionHelp() {
  std::string names;
  for (const std::string& name : Model::BuiltinNames()) {
    absl::StrAppend(&names, names.empty() ? "" : ", ", name,
                    name == kDefaultModelName ? " (default)" : "");
  }
  return absl::StrCat("A model file or a built-in model",
                      names.empty() ? "; none is here" : ":\n", names);
}

std::string ModelReport(const Model& model) {
  const ModelInfo info = DescribeModel(model);
  const ModelMetadata& m = info.metadata;
  const auto name = [](std::string_view view) { return std::string(view); };
  std::string text;
  absl::StrAppendFormat(&text, "name              %s\n", Plain(m.name));
  absl::StrAppendFormat(&text,
                        "network           %d layers, width %d, %d "
                        "states, %d bins\n",
                        m.num_layers, m.hidden, m.num_states, m.num_bins);
  absl::StrAppendFormat(&text, "window            %s\n",
                        name(WindowKindName(m.front_end.window)));
  absl::StrAppendFormat(&text, "feature           %s\n",
                        name(FeatureName(m.feature.kind)));
  absl::StrAppendFormat(&text, "mask              %s\n",
                        name(MaskName(m.mask)));
  absl::StrAppendFormat(&text, "activation        %s, states %s\n",
                        name(ActivationName(m.activation)),
                        name(StateActivationName(m.state_activation)));
  absl::StrAppendFormat(&text, "sha256            %s\n", m.sha256);
  absl::StrAppendFormat(&text, "provenance        %s\n", Plain(m.provenance));
  AppendTensors(info, &text);
  absl::StrAppendFormat(&text, "\nfile              %d bytes\n",
                        info.file_bytes);
  absl::StrAppendFormat(
      &text, "weights           float dense %d bytes, float sparse %d, ",
      info.dense_float_bytes, info.sparse_float_bytes);
  if (info.sparse_fixed_bytes > 0) {
    absl::StrAppendFormat(&text, "W8A16 sparse %d (states of %d bits)\n",
                          info.sparse_fixed_bytes, m.fixed_state_bits);
  } else {
    text += "no fixed-point weights\n";
  }
  absl::StrAppendFormat(&text,
                        "parameters        %d, matrices %.1f %% sparse\n",
                        info.num_parameters, 100 * info.sparsity());
  absl::StrAppendFormat(&text,
                        "cost              %d MACs per frame (matrices %d, "
                        "element by element %d), %.1f M a second\n",
                        info.macs_per_token(), info.matrix_macs,
                        info.elementwise_macs, info.mega_macs_per_second());
  return text;
}

}  // namespace tacet
