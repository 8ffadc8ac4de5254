// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_MODEL_REPORT_H_
#define TACET_CLI_MODEL_REPORT_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "model/model.h"

namespace tacet {

// The default model for an empty name, the file if there is one of that name,
// else the built-in model of that name.
// Errors: those of Model.
absl::StatusOr<std::shared_ptr<const Model>> FindModel(const std::string& name);

// For the help of an option that FindModel takes: the built-in models' names
// and which of them is the default.
std::string ModelOptionHelp();

// The name of Model::Default().
inline constexpr std::string_view kDefaultModelName = "large";

// What `tacet model info` prints: dimensions, one line a tensor with its
// sparsity and bytes, and what one frame costs.
std::string ModelReport(const Model& model);

}  // namespace tacet

#endif  // TACET_CLI_MODEL_REPORT_H_
