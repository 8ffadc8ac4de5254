/* SPDX-License-Identifier: Apache-2.0 */
#define TACET_LANE_FFT_NAME "avx512"
#define TACET_LANE_FFT lane_fft_avx512
#define TACET_LANES 16
#include "dsp/kissfft/lanes/lane_fft.inc"
