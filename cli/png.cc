// SPDX-License-Identifier: Apache-2.0
#include "cli/png.h"

#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

cairo_status_t WritePng(void* user, const unsigned char* data,
                        unsigned int size) {
  return static_cast<OutputFile*>(user)->Write(data, size).ok()
             ? CAIRO_STATUS_SUCCESS
             : CAIRO_STATUS_WRITE_ERROR;
}

}  // namespace

absl::Status SavePng(cairo_t* cairo, std::unique_ptr<OutputFile> file) {
  cairo_status_t status = cairo_status(cairo);
  if (status == CAIRO_STATUS_SUCCESS) {
    status = cairo_surface_write_to_png_stream(cairo_get_target(cairo),
                                               WritePng, file.get());
  }
  if (!file->status().ok()) return file->status();
  if (status != CAIRO_STATUS_SUCCESS) {
    return absl::InternalError(absl::StrCat(
        file->path(), ": cannot draw: ", cairo_status_to_string(status)));
  }
  return file->Commit();
}

}  // namespace tacet
