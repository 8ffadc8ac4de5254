// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_SAFETENSORS_H_
#define TACET_MODEL_SAFETENSORS_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/status/statusor.h"
#include "model/safetensors_header.h"

namespace tacet {

inline constexpr size_t kMaxSafetensorsHeader = size_t{1} << 20;  // bytes

// A checked view of a safetensors container (docs/model-format.md); also the
// container of the golden files of the tests. It owns the header, not the data:
// the bytes must outlive it.
// Thread: any (immutable). Realtime-safe: no.
class Safetensors {
 public:
  // In a shape: any length.
  static constexpr uint64_t kAny = ~uint64_t{0};

  // Checks the container: header length, JSON, and that the tensors, taken in
  // the order of their offsets, cover the data section without gap or overlap,
  // each with the size of its dtype and shape and aligned to its element.
  //   file  the whole file, at an address that is a multiple of 8
  // Errors: InvalidArgument, one line that names tensor, found and expected.
  static absl::StatusOr<Safetensors> Parse(std::span<const std::byte> file);

  const std::map<std::string, std::string, std::less<>>& metadata() const {
    return header_.metadata;
  }
  const std::map<std::string, TensorEntry, std::less<>>& tensors() const {
    return header_.tensors;
  }
  // All bytes after the header; what the model's hash covers.
  std::span<const std::byte> data() const { return data_; }

  // Returns the elements of a tensor, row-major.
  //   T      float, uint32_t, int32_t, uint16_t, int16_t or int8_t
  //   shape  the expected one; kAny matches any length
  // Errors: InvalidArgument when it is missing or of another dtype or shape.
  template <typename T>
  absl::StatusOr<std::span<const T>> Get(
      std::string_view name, std::initializer_list<uint64_t> shape) const {
    absl::StatusOr<std::span<const std::byte>> bytes =
        Find(name, DTypeOf<T>(), shape);
    if (!bytes.ok()) return bytes.status();
    return std::span<const T>(reinterpret_cast<const T*>(bytes->data()),
                              bytes->size() / sizeof(T));
  }

 private:
  Safetensors(SafetensorsHeader header, std::span<const std::byte> data);

  template <typename T>
  static constexpr DType DTypeOf() {
    if constexpr (std::is_same_v<T, float>) return DType::kF32;
    if constexpr (std::is_same_v<T, uint32_t>) return DType::kU32;
    if constexpr (std::is_same_v<T, int32_t>) return DType::kI32;
    if constexpr (std::is_same_v<T, uint16_t>) return DType::kU16;
    if constexpr (std::is_same_v<T, int16_t>) return DType::kI16;
    static_assert(sizeof(T) > 1 || std::is_same_v<T, int8_t>);
    return DType::kI8;
  }

  absl::StatusOr<std::span<const std::byte>> Find(
      std::string_view name, DType dtype,
      std::initializer_list<uint64_t> shape) const;

  SafetensorsHeader header_;
  std::span<const std::byte> data_;
};

}  // namespace tacet

#endif  // TACET_MODEL_SAFETENSORS_H_
