/* SPDX-License-Identifier: Apache-2.0 */
#define TACET_LANE_FFT_NAME "avx2"
#define TACET_LANE_FFT lane_fft_avx2
#define TACET_LANES 8
#include "dsp/kissfft/lanes/lane_fft.inc"
