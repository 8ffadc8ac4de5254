// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_ALIGNED_BUFFER_H_
#define TACET_MODEL_ALIGNED_BUFFER_H_

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>

namespace tacet {

// Owned bytes that begin on a cache line, so that a model file copied into
// them can be read in place: its data section is aligned to 8 bytes.
class AlignedBuffer {
 public:
  static constexpr std::align_val_t kAlignment{64};

  AlignedBuffer() = default;
  explicit AlignedBuffer(size_t size)
      : bytes_(new (kAlignment) std::byte[size]), size_(size) {}

  static AlignedBuffer CopyOf(std::span<const std::byte> bytes) {
    AlignedBuffer buffer(bytes.size());
    if (!bytes.empty()) {
      std::memcpy(buffer.bytes_.get(), bytes.data(), bytes.size());
    }
    return buffer;
  }

  std::span<std::byte> bytes() { return {bytes_.get(), size_}; }
  std::span<const std::byte> bytes() const { return {bytes_.get(), size_}; }

 private:
  struct Deleter {
    void operator()(std::byte* p) const { ::operator delete[](p, kAlignment); }
  };
  std::unique_ptr<std::byte[], Deleter> bytes_;
  size_t size_ = 0;
};

}  // namespace tacet

#endif  // TACET_MODEL_ALIGNED_BUFFER_H_
