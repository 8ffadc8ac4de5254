// SPDX-License-Identifier: Apache-2.0
// What every function of the audio path is marked with, and how it is run.
#ifndef TACET_DSP_REALTIME_H_
#define TACET_DSP_REALTIME_H_

#include <cstdint>

#if defined(__SSE2__) || defined(_M_X64)
#include <xmmintrin.h>
#endif

// Marks a function that never allocates, locks, calls the system, throws or
// logs: `void F(...) noexcept TACET_REALTIME;`. Clang >= 20 checks it
// (-Wfunction-effects, -fsanitize=realtime); tests/support/realtime_guard
// checks it at run time with every compiler.
#if defined(__has_cpp_attribute)
#if __has_cpp_attribute(clang::nonblocking)
#define TACET_REALTIME [[clang::nonblocking]]
#endif
#endif
#ifndef TACET_REALTIME
#define TACET_REALTIME
#endif

namespace tacet {

// Treats denormal numbers as zero on this thread while in scope, and restores
// the former mode. A decaying recurrent state or filter tail would otherwise
// slow the processor down tenfold and more exactly when all is silent.
//   x86: MXCSR bits FTZ (15) and DAZ (6). arm64: FPCR bit FZ (24).
//   Elsewhere it does nothing.
// Thread: any.  Realtime-safe: yes.
class ScopedFlushDenormals {
 public:
  ScopedFlushDenormals() noexcept : saved_(ReadMode()) {
    WriteMode(saved_ | kFlushBits);
  }
  ~ScopedFlushDenormals() { WriteMode(saved_); }
  ScopedFlushDenormals(const ScopedFlushDenormals&) = delete;
  ScopedFlushDenormals& operator=(const ScopedFlushDenormals&) = delete;

 private:
#if defined(__SSE2__) || defined(_M_X64)
  static constexpr uint64_t kFlushBits = 0x8040;
  static uint64_t ReadMode() noexcept { return _mm_getcsr(); }
  static void WriteMode(uint64_t mode) noexcept {
    _mm_setcsr(static_cast<unsigned int>(mode));
  }
#elif defined(__aarch64__)
  static constexpr uint64_t kFlushBits = uint64_t{1} << 24;
  static uint64_t ReadMode() noexcept {
    uint64_t mode;
    asm volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
  }
  static void WriteMode(uint64_t mode) noexcept {
    asm volatile("msr fpcr, %0" : : "r"(mode));
  }
#else
  static constexpr uint64_t kFlushBits = 0;
  static uint64_t ReadMode() noexcept { return 0; }
  static void WriteMode(uint64_t) noexcept {}
#endif

  uint64_t saved_;
};

}  // namespace tacet

#endif  // TACET_DSP_REALTIME_H_
