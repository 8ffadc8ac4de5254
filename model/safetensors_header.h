// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_SAFETENSORS_HEADER_H_
#define TACET_MODEL_SAFETENSORS_HEADER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tacet {

enum class DType { kF32, kU32, kI32, kU16, kI16, kI8 };

// Bytes of one element.
size_t ElementSize(DType dtype);
// The name in the file: "F32", "U32", "I32", "U16", "I16" or "I8".
std::string_view DTypeName(DType dtype);

struct TensorEntry {
  DType dtype = DType::kF32;
  std::vector<uint64_t> shape;
  uint64_t begin = 0;  // bytes from the start of the data section
  uint64_t end = 0;
};

struct SafetensorsHeader {
  std::map<std::string, std::string, std::less<>> metadata;
  std::map<std::string, TensorEntry, std::less<>> tensors;
};

inline constexpr size_t kMaxTensors = 4096;
inline constexpr size_t kMaxTensorRank = 8;

// Reads the JSON text of a safetensors header, strictly: a key twice, an
// unknown dtype, a missing or extra field, a negative or fractional number and
// any nesting that the format does not have are refused, and parsing stops at
// the first of them. Offsets are not yet compared with anything.
// Errors: InvalidArgument, one line. Thread: any. Realtime-safe: no.
absl::StatusOr<SafetensorsHeader> ParseSafetensorsHeader(std::string_view json);

// A name from a file as it may stand in a message: printable, at most 80 long.
std::string Printable(std::string_view name);

}  // namespace tacet

#endif  // TACET_MODEL_SAFETENSORS_HEADER_H_
