// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_ARENA_H_
#define TACET_MODEL_ARENA_H_

#include <cstddef>
#include <memory_resource>
#include <span>
#include <vector>

#include "model/aligned_buffer.h"

namespace tacet {

// One block of memory from which arrays are cut one after another, each from a
// cache line on, so that what a stream works on lies together. Arrays are not
// given back one by one; all end with the arena.
//   Errors: an array that has no room is refused as std::bad_alloc, never put
//   elsewhere; InArena makes a block that is exactly large enough.
// Thread: one at a time.  Realtime-safe: no; its arrays allocate no more.
class Arena final : public std::pmr::memory_resource {
 public:
  static constexpr size_t kAlignment = 64;
  static constexpr size_t RoundUp(size_t bytes) {
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
  }

  explicit Arena(size_t size) : block_(size) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  std::span<const std::byte> bytes() const { return block_.bytes(); }
  size_t num_free_bytes() const { return block_.bytes().size() - used_; }

 private:
  void* do_allocate(size_t bytes, size_t alignment) override {
    if (bytes > num_free_bytes() || RoundUp(bytes) > num_free_bytes() ||
        alignment > kAlignment) {
      return std::pmr::null_memory_resource()->allocate(bytes, alignment);
    }
    std::byte* const at = block_.mutable_bytes().data() + used_;
    used_ += RoundUp(bytes);
    return at;
  }
  void do_deallocate(void*, size_t, size_t) override {}
  bool do_is_equal(const memory_resource& other) const noexcept override {
    return this == &other;
  }

  AlignedBuffer block_;
  size_t used_ = 0;
};

// Heap that counts what an Arena would need for the same arrays.
class ArenaMeasure final : public std::pmr::memory_resource {
 public:
  size_t size() const { return size_; }

 private:
  void* do_allocate(size_t bytes, size_t alignment) override {
    size_ += Arena::RoundUp(bytes);
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* p, size_t bytes, size_t alignment) override {
    std::pmr::new_delete_resource()->deallocate(p, bytes, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override {
    return this == &other;
  }

  size_t size_ = 0;
};

// An array that lies in an arena; a copy of one lies on the heap.
template <typename T>
using ArenaVector = std::pmr::vector<T>;

// Arrays in an arena of their own, which is as large as they need: they are
// made twice, once to sum their sizes.
//   Arrays  Arrays(args..., resource) takes all its memory from the resource
template <typename Arrays>
class InArena {
 public:
  template <typename... Args>
  explicit InArena(const Args&... args)
      : arena_(SizeOf(args...)), arrays_(args..., &arena_) {}
  InArena(const InArena&) = delete;
  InArena& operator=(const InArena&) = delete;

  const Arena& arena() const { return arena_; }
  Arrays* operator->() { return &arrays_; }
  const Arrays* operator->() const { return &arrays_; }

 private:
  template <typename... Args>
  static size_t SizeOf(const Args&... args) {
    ArenaMeasure measure;
    const Arrays arrays(args..., &measure);
    return measure.size();
  }

  Arena arena_;
  Arrays arrays_;
};

}  // namespace tacet

#endif  // TACET_MODEL_ARENA_H_
