/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libtacet: takes the noise out of speech, live.
 *
 *     tacet_model* model;
 *     tacet_stream* stream;
 *     tacet_error error;
 *     if (tacet_model_open(NULL, &model, &error) != TACET_OK) ...
 *     if (tacet_stream_create(model, 48000, 1, TACET_LINKED, &stream, &error)
 *         != TACET_OK) ...
 *     tacet_process_f32(stream, samples, samples, num_frames);
 *     tacet_stream_free(stream);
 *     tacet_model_free(model);
 *
 * A frame is one sample of each channel. As many frames come out as go in;
 * output frame i is the denoised input frame i - tacet_stream_latency(), and
 * does not depend on how the input was cut into calls.
 *
 * Every function may be given null pointers: it then does nothing, or returns
 * TACET_INVALID_ARGUMENT. A handle must not be used after it was freed.
 *
 * "Thread: any" means any number of threads at a time, also for one stream.
 * "Thread: audio" means one thread at a time for one stream, together with all
 * other functions so marked. "Real-time: yes" means no allocation, no lock, no
 * system call, and time that is bounded by the number of frames.
 */
#ifndef TACET_H_
#define TACET_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TACET_API __attribute__((visibility("default")))
#else
#define TACET_API
#endif

typedef struct tacet_model tacet_model;   /* weights; any number of streams
                                             share one */
typedef struct tacet_stream tacet_stream; /* one signal and its state */

typedef enum tacet_status {
  TACET_OK = 0,
  TACET_INVALID_ARGUMENT = 1, /* and nothing was changed */
  TACET_CANNOT_READ = 2,      /* the model file */
  TACET_BAD_MODEL = 3,        /* the file is no model, or is damaged */
  TACET_NO_MEMORY = 4
} tacet_status;

/* One line that names the value, the limit and the place. */
typedef struct tacet_error {
  char text[256];
} tacet_error;

/* What the channels of a stream have in common. */
typedef enum tacet_link {
  TACET_INDEPENDENT = 0, /* nothing */
  TACET_LINKED = 1       /* one gain, which keeps the stereo image */
} tacet_link;

/* Counted since tacet_stream_create or tacet_stream_reset. */
typedef struct tacet_statistics {
  uint64_t frames;             /* taken in */
  uint64_t hops;               /* 8 ms each, of the network */
  uint64_t missing_masks;      /* hops that were passed through unprocessed */
  uint64_t non_finite_samples; /* NaN, infinite or huge, replaced */
} tacet_statistics;

/* Limits of tacet_stream_create. */
#define TACET_MIN_RATE_HZ 1000
#define TACET_MAX_RATE_HZ 384000
#define TACET_MAX_CHANNELS 32

/* What a stream starts with, in dB; see tacet_stream_set_strength. */
#define TACET_DEFAULT_ATTENUATION_LIMIT_DB 60.0f

/* Version, commit and instruction set, e.g. "0.1.0 (commit 1234abcd, ...)".
 * Thread: any. Real-time: yes. */
TACET_API const char* tacet_version(void);

/* A tacet_status in words. Thread: any. Real-time: yes. */
TACET_API const char* tacet_status_text(int status);

/* Opens a model file, or the built-in model where path is null.
 *   model  receives the model, or null after an error
 *   error  receives the error's text; may be null
 * Thread: any. Real-time: no. */
TACET_API tacet_status tacet_model_open(const char* path, tacet_model** model,
                                        tacet_error* error);

/* The same with a file's contents, which are copied.
 * Thread: any. Real-time: no. */
TACET_API tacet_status tacet_model_open_memory(const void* bytes, size_t size,
                                               tacet_model** model,
                                               tacet_error* error);

/* Streams made from the model go on. Null is allowed.
 * Thread: any, once. Real-time: no. */
TACET_API void tacet_model_free(tacet_model* model);

/* Makes a stream of strength TACET_DEFAULT_ATTENUATION_LIMIT_DB, not bypassed.
 *   sample_rate_hz  TACET_MIN_RATE_HZ..TACET_MAX_RATE_HZ
 *   num_channels    1..TACET_MAX_CHANNELS
 *   link            a tacet_link
 * Thread: any. Real-time: no. */
TACET_API tacet_status tacet_stream_create(const tacet_model* model,
                                           int sample_rate_hz, int num_channels,
                                           int link, tacet_stream** stream,
                                           tacet_error* error);

/* Null is allowed. Thread: any, once, when no other uses the stream.
 * Real-time: no. */
TACET_API void tacet_stream_free(tacet_stream* stream);

/* Denoise any number of frames, also none. in and out are the same buffers or
 * do not overlap.
 *   tacet_process_*         interleaved: [num_frames][num_channels]
 *   tacet_process_planar_*  [num_channels] pointers to [num_frames]
 *   f32: full scale is 1. s16: full scale is 32768; the output is rounded, and
 *   limited to what 16 bits hold.
 * TACET_INVALID_ARGUMENT: a null pointer, or more frames than memory can hold.
 * Thread: audio. Real-time: yes. */
TACET_API tacet_status tacet_process_f32(tacet_stream* stream, const float* in,
                                         float* out, size_t num_frames);
TACET_API tacet_status tacet_process_s16(tacet_stream* stream,
                                         const int16_t* in, int16_t* out,
                                         size_t num_frames);
TACET_API tacet_status tacet_process_planar_f32(tacet_stream* stream,
                                                const float* const* in,
                                                float* const* out,
                                                size_t num_frames);
TACET_API tacet_status tacet_process_planar_s16(tacet_stream* stream,
                                                const int16_t* const* in,
                                                int16_t* const* out,
                                                size_t num_frames);

/* Frames by which the output lags, constant for a stream; 0 for null. Exact at
 * 16 and 48 kHz, elsewhere to half a frame.
 * Thread: any. Real-time: yes. */
TACET_API int tacet_stream_latency(const tacet_stream* stream);

/* The most that is taken away anywhere, in dB: 0 changes nothing, INFINITY
 * sets no limit. Reached over 40 ms, without a click.
 * TACET_INVALID_ARGUMENT: less than 0, or not a number.
 * Thread: any. Real-time: yes. */
TACET_API tacet_status tacet_stream_set_strength(tacet_stream* stream,
                                                 float attenuation_limit_db);

/* Not 0: pass the signal through at the same latency. Reached over 40 ms,
 * without a click.
 * Thread: any. Real-time: yes. */
TACET_API tacet_status tacet_stream_set_bypass(tacet_stream* stream,
                                               int bypass);

/* Writes size bytes, which is sizeof *statistics; so a program that was built
 * with an older header goes on.
 * Thread: any. Real-time: yes. */
TACET_API tacet_status tacet_stream_statistics(const tacet_stream* stream,
                                               tacet_statistics* statistics,
                                               size_t size);

/* Forgets the signal so far, as if just created, but for strength and bypass,
 * which are kept.
 * Thread: audio. Real-time: yes. */
TACET_API tacet_status tacet_stream_reset(tacet_stream* stream);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* TACET_H_ */
