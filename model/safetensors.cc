// SPDX-License-Identifier: Apache-2.0
#include "model/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "model/str_cat.h"

namespace tacet {
namespace {

// Tensors are read in place.
static_assert(std::endian::native == std::endian::little);

constexpr size_t kLengthBytes = 8;
constexpr size_t kAlignment = 8;

template <typename... Parts>
absl::Status Error(const Parts&... parts) {
  return absl::InvalidArgumentError(StrCat(parts...));
}

std::string ShapeText(std::span<const uint64_t> shape) {
  return StrCat("[",
                absl::StrJoin(shape, ", ",
                              [](std::string* out, uint64_t n) {
                                absl::StrAppend(out, n == Safetensors::kAny
                                                         ? "any"
                                                         : StrCat(n));
                              }),
                "]");
}

// dtype × shape in bytes, or false where it exceeds limit.
bool SizeInBytes(const TensorEntry& tensor, uint64_t limit, uint64_t* size) {
  // A zero makes the product zero whatever stands beside it.
  if (std::ranges::count(tensor.shape, 0u) > 0) {
    *size = 0;
    return true;
  }
  *size = ElementSize(tensor.dtype);
  for (uint64_t n : tensor.shape) {
    if (n > limit / *size) return false;
    *size *= n;
  }
  return true;
}

absl::Status CheckLayout(const SafetensorsHeader& header, uint64_t data_size) {
  using Item = std::pair<const std::string, TensorEntry>;
  std::vector<const Item*> order;
  for (const Item& item : header.tensors) order.push_back(&item);
  std::ranges::sort(order, {}, [](const Item* item) {
    return std::make_tuple(item->second.begin, item->second.end);
  });

  uint64_t expected_begin = 0;
  for (const Item* item : order) {
    const auto& [name, tensor] = *item;
    const std::string where = StrCat("tensor ", Printable(name));
    if (tensor.begin > tensor.end || tensor.end > data_size) {
      return Error(where, ": bytes ", tensor.begin, " to ", tensor.end,
                   ", expected within the data section of ", data_size,
                   " bytes");
    }
    uint64_t size = 0;
    if (!SizeInBytes(tensor, data_size, &size) ||
        size != tensor.end - tensor.begin) {
      return Error(where, ": ", tensor.end - tensor.begin,
                   " bytes, expected those of ", DTypeName(tensor.dtype), " ",
                   ShapeText(tensor.shape));
    }
    if (tensor.begin != expected_begin) {
      return Error(where, ": begins at byte ", tensor.begin,
                   tensor.begin < expected_begin ? " (overlap)" : " (gap)",
                   ", expected ", expected_begin);
    }
    if (tensor.begin % ElementSize(tensor.dtype) != 0) {
      return Error(where, ": begins at byte ", tensor.begin,
                   ", expected a multiple of ", ElementSize(tensor.dtype));
    }
    expected_begin = tensor.end;
  }
  if (expected_begin != data_size) {
    return Error("data section has ", data_size,
                 " bytes, expected the tensors' ", expected_begin);
  }
  return absl::OkStatus();
}

}  // namespace

Safetensors::Safetensors(SafetensorsHeader header,
                         std::span<const std::byte> data)
    : header_(std::move(header)), data_(data) {}

absl::StatusOr<Safetensors> Safetensors::Parse(
    std::span<const std::byte> file) {
  if (reinterpret_cast<uintptr_t>(file.data()) % kAlignment != 0) {
    return Error("file in memory is not aligned to ", kAlignment, " bytes");
  }
  if (file.size() < kLengthBytes) {
    return Error("file has ", file.size(), " bytes, expected at least ",
                 kLengthBytes);
  }
  uint64_t header_size = 0;
  std::memcpy(&header_size, file.data(), kLengthBytes);
  if (header_size > kMaxSafetensorsHeader) {
    return Error("header of ", header_size, " bytes, expected at most ",
                 kMaxSafetensorsHeader, " (is it a tacet model?)");
  }
  if (header_size > file.size() - kLengthBytes) {
    return Error("header of ", header_size, " bytes, but the file has only ",
                 file.size() - kLengthBytes, " after the length");
  }
  if (header_size % kAlignment != 0) {
    return Error("header of ", header_size, " bytes, expected a multiple of ",
                 kAlignment);
  }
  const std::span<const std::byte> json =
      file.subspan(kLengthBytes, header_size);
  absl::StatusOr<SafetensorsHeader> header = ParseSafetensorsHeader(
      {reinterpret_cast<const char*>(json.data()), json.size()});
  if (!header.ok()) return header.status();

  const std::span<const std::byte> data =
      file.subspan(kLengthBytes + header_size);
  absl::Status layout = CheckLayout(*header, data.size());
  if (!layout.ok()) return layout;
  return Safetensors(*std::move(header), data);
}

absl::StatusOr<std::span<const std::byte>> Safetensors::Find(
    std::string_view name, DType dtype,
    std::initializer_list<uint64_t> shape) const {
  const auto found = header_.tensors.find(name);
  if (found == header_.tensors.end()) {
    return Error("tensor ", name, ": missing, expected ", DTypeName(dtype), " ",
                 ShapeText(shape));
  }
  const TensorEntry& tensor = found->second;
  if (tensor.dtype != dtype) {
    return Error("tensor ", name, ": dtype ", DTypeName(tensor.dtype),
                 ", expected ", DTypeName(dtype));
  }
  const bool same = std::ranges::equal(
      tensor.shape, shape,
      [](uint64_t is, uint64_t want) { return want == kAny || is == want; });
  if (!same) {
    return Error("tensor ", name, ": shape ", ShapeText(tensor.shape),
                 ", expected ", ShapeText(shape));
  }
  return data_.subspan(tensor.begin, tensor.end - tensor.begin);
}

}  // namespace tacet
