/* SPDX-License-Identifier: Apache-2.0 */
/* Denoises float samples, mono, 48 kHz: denoise <noisy.f32 >clean.f32
 * cc denoise.c -o denoise $(pkg-config --cflags --libs tacet) */
#include <stdio.h>
#include <string.h>
#include <tacet.h>

enum { kBlock = 480 };

static tacet_stream* stream;
static size_t skip; /* what comes out first is older than the input */

static void denoise(float* block, size_t count) {
  size_t gone = skip < count ? skip : count;
  tacet_process_f32(stream, block, block, count);
  fwrite(block + gone, sizeof *block, count - gone, stdout);
  skip -= gone;
}

int main(void) {
  tacet_model* model;
  tacet_error error;
  float block[kBlock];
  size_t count, left;

  if (tacet_model_open(NULL, &model, &error) != TACET_OK ||
      tacet_stream_create(model, 48000, 1, TACET_LINKED, &stream, &error)) {
    fprintf(stderr, "denoise: %s\n", error.text);
    return 1;
  }
  tacet_model_free(model); /* the stream keeps it */
  skip = left = (size_t)tacet_stream_latency(stream);
  while ((count = fread(block, sizeof *block, kBlock, stdin)) > 0) {
    denoise(block, count);
  }
  for (; left > 0; left -= count) { /* silence pushes out the rest */
    count = left < kBlock ? left : kBlock;
    memset(block, 0, sizeof block);
    denoise(block, count);
  }
  tacet_stream_free(stream);
  return ferror(stdin) || fflush(stdout) != 0;
}
