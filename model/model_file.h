// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_MODEL_FILE_H_
#define TACET_MODEL_MODEL_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/aligned_buffer.h"

namespace tacet {

// Errors: InvalidArgument above kMaxModelFile (model.h).
absl::Status CheckModelFileSize(uint64_t size);

// Reads a regular file of at most kMaxModelFile bytes into memory. Errors do
// not repeat the path. Thread: any. Realtime-safe: no.
absl::StatusOr<AlignedBuffer> ReadModelFile(const std::string& path);

}  // namespace tacet

#endif  // TACET_MODEL_MODEL_FILE_H_
