/* SPDX-License-Identifier: Apache-2.0 */
#define TACET_LANE_FFT_NAME "baseline"
#define TACET_LANE_FFT lane_fft_baseline
#define TACET_LANES 4
#include "dsp/kissfft/lanes/lane_fft.inc"
