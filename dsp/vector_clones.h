// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DSP_VECTOR_CLONES_H_
#define TACET_DSP_VECTOR_CLONES_H_

// In front of a function whose loops a compiler makes vectors of: it is
// compiled for wider vectors too, and the processor's best is chosen when the
// program is loaded. No result changes: each element has the same operations,
// and -ffp-contract=off keeps them apart. What the function calls must be
// inline.
//
// Only GCC, whose clones are chosen by an indirect function of ELF; without
// sanitizers, whose start comes after that choice.
#if defined(__x86_64__) && !defined(__clang__) && __GNUC__ >= 12 &&    \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    defined(__OPTIMIZE__)
#define TACET_VECTOR_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define TACET_VECTOR_CLONES
#endif

namespace tacet {

// x, rounded, where a sum of complex products follows: GCC 12 fuses them with
// the sum, -ffp-contract=off or not.
inline float Rounded(float x) noexcept {
#if !defined(__clang__) && __GNUC__ >= 12
  return __builtin_assoc_barrier(x);
#else
  return x;
#endif
}

}  // namespace tacet

#endif  // TACET_DSP_VECTOR_CLONES_H_
