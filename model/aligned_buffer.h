// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_ALIGNED_BUFFER_H_
#define TACET_MODEL_ALIGNED_BUFFER_H_

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>

namespace tacet {

// Bytes that begin on a cache line, so that a model file in them can be read in
// place: its data section is aligned to 8 bytes. Owned, or a view of bytes that
// stay as long as the program.
class AlignedBuffer {
 public:
  static constexpr std::align_val_t kAlignment{64};

  AlignedBuffer() = default;
  explicit AlignedBuffer(size_t size)
      : owned_(new (kAlignment) std::byte[size]), bytes_(owned_.get(), size) {}

  static AlignedBuffer CopyOf(std::span<const std::byte> bytes) {
    AlignedBuffer buffer(bytes.size());
    if (!bytes.empty()) {
      std::memcpy(buffer.owned_.get(), bytes.data(), bytes.size());
    }
    return buffer;
  }

  //   bytes  at a multiple of kAlignment
  static AlignedBuffer ViewOf(std::span<const std::byte> bytes) {
    AlignedBuffer buffer;
    buffer.bytes_ = bytes;
    return buffer;
  }

  bool is_view() const { return owned_ == nullptr; }
  // Empty where it is a view.
  std::span<std::byte> mutable_bytes() {
    return {owned_.get(), is_view() ? 0 : bytes_.size()};
  }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  struct Deleter {
    void operator()(std::byte* p) const { ::operator delete[](p, kAlignment); }
  };
  std::unique_ptr<std::byte[], Deleter> owned_;
  std::span<const std::byte> bytes_;
};

}  // namespace tacet

#endif  // TACET_MODEL_ALIGNED_BUFFER_H_
