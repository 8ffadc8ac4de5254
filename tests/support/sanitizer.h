// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_TESTS_SUPPORT_SANITIZER_H_
#define TACET_TESTS_SUPPORT_SANITIZER_H_

namespace tacet {

// Whether this is a build with AddressSanitizer or ThreadSanitizer, which have
// an allocator and system calls of their own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kIsSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif
#else
inline constexpr bool kIsSanitized = false;
#endif

}  // namespace tacet

#endif  // TACET_TESTS_SUPPORT_SANITIZER_H_
