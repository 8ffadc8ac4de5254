// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_BLOCK_ALIGNED_ARRAY_H_
#define TACET_MODEL_BLOCK_ALIGNED_ARRAY_H_

#include <cstddef>
#include <type_traits>

#include "model/aligned_buffer.h"

namespace tacet {

// So many numbers, 0 at first, from a cache line on: a vector of 64 bytes that
// lies across two costs two loads.
template <typename T>
class AlignedArray {
  static_assert(std::is_arithmetic_v<T>);

 public:
  explicit AlignedArray(size_t size) : buffer_(size * sizeof(T)), size_(size) {
    for (size_t i = 0; i < size_; ++i) data()[i] = 0;
  }
  T* data() { return reinterpret_cast<T*>(buffer_.mutable_bytes().data()); }
  const T* data() const {
    return reinterpret_cast<const T*>(buffer_.bytes().data());
  }
  size_t size() const { return size_; }

 private:
  AlignedBuffer buffer_;
  size_t size_;
};

}  // namespace tacet

#endif  // TACET_MODEL_BLOCK_ALIGNED_ARRAY_H_
