// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_PNG_H_
#define TACET_CLI_PNG_H_

#include <cairo.h>

#include <memory>

#include "absl/status/status.h"
#include "cli/output_file.h"

namespace tacet {

// Writes the surface that cairo has drawn on, and commits the file.
// Errors: the file's, or Internal naming it when the drawing failed.
absl::Status SavePng(cairo_t* cairo, std::unique_ptr<OutputFile> file);

}  // namespace tacet

#endif  // TACET_CLI_PNG_H_
