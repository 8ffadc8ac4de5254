// SPDX-License-Identifier: Apache-2.0
// Samples into levels of bins.
'use strict';

// Signed 16-bit samples, little-endian, in base64, as floats in [-1, 1].
function decodeSamples(text) {
  const bytes = atob(text);
  const samples = new Float32Array(bytes.length / 2);
  for (let i = 0; i < samples.length; ++i) {
    const bits = bytes.charCodeAt(2 * i) | bytes.charCodeAt(2 * i + 1) << 8;
    samples[i] = (bits << 16 >> 16) / 32767;
  }
  return samples;
}

// 20 log10 of the root mean square; -120 for silence.
function rmsDb(samples) {
  let sum = 0;
  for (const x of samples) sum += x * x;
  return Math.max(-120, 10 * Math.log10(sum / samples.length));
}

// In place, radix 2, size a power of two: X[k] = sum_n x[n] e^(-2 pi i n k/N).
function fft(re, im) {
  const n = re.length;
  for (let i = 1, j = 0; i < n; ++i) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j], re[i]];
      [im[i], im[j]] = [im[j], im[i]];
    }
  }
  for (let size = 2; size <= n; size <<= 1) {
    const half = size >> 1;
    const step = -2 * Math.PI / size;
    for (let k = 0; k < half; ++k) {
      const c = Math.cos(step * k), s = Math.sin(step * k);
      for (let a = k, b = k + half; a < n; a += size, b += size) {
        const tr = re[b] * c - im[b] * s, ti = re[b] * s + im[b] * c;
        re[b] = re[a] - tr;
        im[b] = im[a] - ti;
        re[a] += tr;
        im[a] += ti;
      }
    }
  }
}

// Levels in dB of the bins of 32 ms every 8 ms, as the engine sees them: Hann
// window, scaled by 1 / sum w. Of the samples delayed by delay.
class Analyser {
  constructor(rateHz, delay) {
    this.waiting = new Float32Array(delay);
    this.rateHz = rateHz;
    this.hop = Math.round(0.008 * rateHz);
    const size = 4 * this.hop;
    this.window = Float32Array.from({length: size}, (_, i) =>
      0.5 - 0.5 * Math.cos(2 * Math.PI * i / size));
    this.scale = 2 / size;
    this.fftSize = 2 ** Math.ceil(Math.log2(size));
    this.past = new Float32Array(size);
    this.fill = 0;  // of the newest hop
  }

  // Calls onColumn(levels[0..fftSize / 2]) for each hop that is complete.
  push(newest, onColumn) {
    const all = new Float32Array(this.waiting.length + newest.length);
    all.set(this.waiting);
    all.set(newest, this.waiting.length);
    const samples = all.subarray(0, newest.length);
    this.waiting = all.slice(newest.length);
    const size = this.past.length;
    for (let done = 0; done < samples.length;) {
      const count = Math.min(this.hop - this.fill, samples.length - done);
      this.past.set(samples.subarray(done, done + count),
                    size - this.hop + this.fill);
      this.fill += count;
      done += count;
      if (this.fill < this.hop) return;
      onColumn(this.levels());
      this.past.copyWithin(0, this.hop);
      this.fill = 0;
    }
  }

  levels() {
    const re = new Float32Array(this.fftSize), im = new Float32Array(this.fftSize);
    for (let i = 0; i < this.past.length; ++i) {
      re[i] = this.past[i] * this.window[i];
    }
    fft(re, im);
    const levels = new Float32Array(this.fftSize / 2 + 1);
    for (let k = 0; k < levels.length; ++k) {
      levels[k] = 20 * Math.log10(this.scale * Math.hypot(re[k], im[k]) + 1e-9);
    }
    return levels;
  }
}
