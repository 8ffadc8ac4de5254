#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Denoises a 16-bit WAV file with libtacet: denoise.py NOISY.wav CLEAN.wav"""

import ctypes
import os
import sys
import wave

lib = ctypes.CDLL(os.environ.get("LIBTACET", "libtacet.so.0"))


class Error(ctypes.Structure):
  _fields_ = [("text", ctypes.c_char * 256)]


lib.tacet_process_s16.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_size_t]
lib.tacet_stream_latency.argtypes = [ctypes.c_void_p]
lib.tacet_stream_free.argtypes = [ctypes.c_void_p]
lib.tacet_model_free.argtypes = [ctypes.c_void_p]


def open_stream(rate, channels):
  model, stream, error = ctypes.c_void_p(), ctypes.c_void_p(), Error()
  linked = 1
  failed = lib.tacet_model_open(
      None, ctypes.byref(model), ctypes.byref(error)
  ) or lib.tacet_stream_create(
      model, rate, channels, linked, ctypes.byref(stream), ctypes.byref(error))
  lib.tacet_model_free(model)  # the stream keeps it
  if failed:
    sys.exit(error.text.decode())
  return stream


def main(noisy, clean):
  with wave.open(noisy) as file:
    shape = file.getparams()
    samples = file.readframes(shape.nframes)
  if shape.sampwidth != 2:
    sys.exit(f"{noisy}: {8 * shape.sampwidth} bits, expected 16")
  stream = open_stream(shape.framerate, shape.nchannels)
  # The output lags; silence at the end pushes it out.
  late = lib.tacet_stream_latency(stream)
  frame = 2 * shape.nchannels
  block = ctypes.create_string_buffer(samples + bytes(late * frame),
                                      len(samples) + late * frame)
  lib.tacet_process_s16(stream, block, block, shape.nframes + late)
  lib.tacet_stream_free(stream)
  with wave.open(clean, "wb") as file:
    file.setparams(shape)
    file.writeframes(block.raw[late * frame:])


if __name__ == "__main__":
  main(*sys.argv[1:])
