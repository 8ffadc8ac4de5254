/* SPDX-License-Identifier: Apache-2.0 */
/* The real transform of one signal on vectors of L = 4, 8 or 16 floats.
 *
 * A complex transform of n = L m points is m-point transforms of L columns at
 * once, twiddle factors, and L-point transforms of m columns, L at a time
 * (Gentleman and Sande 1966). KissFFT does both, compiled over a type of L
 * floats; here is what lies between: the order of the values, the factors, and
 * the step from n complex points to 2 n real ones.
 *
 * Thread: one at a time for a plan. Realtime-safe: forward and inverse. */
#ifndef TACET_DSP_KISSFFT_LANES_LANE_FFT_H_
#define TACET_DSP_KISSFFT_LANES_LANE_FFT_H_

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct TacetLaneFft {
  const char* name;
  /* Bytes of a plan for a real size, a multiple of 64; 0 where it cannot. */
  size_t (*plan_size)(int size);
  /* Makes it in memory of so many bytes, aligned to 64. */
  void (*make_plan)(int size, void* plan);
  /* As RealFft::Forward and Inverse; spectra are pairs of floats. */
  void (*forward)(void* plan, const float* x, float* spectrum);
  void (*inverse)(void* plan, const float* spectrum, float* x);
} TacetLaneFft;

/* What every processor of the architecture has. */
extern const TacetLaneFft lane_fft_baseline;
#if defined(__x86_64__)
extern const TacetLaneFft lane_fft_avx2;
extern const TacetLaneFft lane_fft_avx512;
#endif

#ifdef __cplusplus
}
#endif

#endif /* TACET_DSP_KISSFFT_LANES_LANE_FFT_H_ */
