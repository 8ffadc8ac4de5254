// SPDX-License-Identifier: Apache-2.0
// Canvases: a spectrogram that scrolls, level bars, histograms.
'use strict';

const INK = '#e8e4ee', FAINT = '#9a93a8', GRID = '#3a3446';
const RAW = '#9a93a8', CLEAN = '#f98c0a', LATE = '#e35933';
// The colours of `tacet denoise --picture` (cli/colour_map.h): matplotlib's
// inferno, Smith & van der Walt 2015, CC0.
const INFERNO = [[0, 0, 4], [31, 12, 72], [85, 15, 109], [136, 34, 106],
                 [186, 54, 85], [227, 89, 51], [249, 140, 10], [249, 201, 50],
                 [252, 255, 164]];
const LOWEST_DB = -90, HIGHEST_DB = -10;

function colourOf(db) {
  const x = Math.min(1, Math.max(0, (db - LOWEST_DB) / (HIGHEST_DB - LOWEST_DB)));
  const i = Math.min(INFERNO.length - 2, Math.floor(x * (INFERNO.length - 1)));
  const t = x * (INFERNO.length - 1) - i;
  return INFERNO[i].map((low, c) => (1 - t) * low + t * INFERNO[i + 1][c]);
}

function text(context, words, x, y, align = 'left', colour = FAINT) {
  context.font = '12px system-ui, "DejaVu Sans", sans-serif';
  context.textAlign = align;
  context.textBaseline = 'middle';
  context.fillStyle = colour;
  context.fillText(words, x, y);
}

// The newest column on the right; a column is one hop.
class Spectrogram {
  constructor(canvas) {
    this.context = canvas.getContext('2d');
    this.left = 46;
    this.width = canvas.width - this.left - 4;
    this.bottom = 18;
    this.height = canvas.height - this.bottom;
    this.image = document.createElement('canvas');
    this.image.width = this.width;
    this.image.height = this.height;
    this.column = 0;
    this.setBand(8000);
  }

  setBand(maxHz) {
    this.maxHz = maxHz;
    const context = this.image.getContext('2d');
    context.fillStyle = '#000004';
    context.fillRect(0, 0, this.width, this.height);
  }

  push(levels, hzPerBin) {
    const context = this.image.getContext('2d');
    const pixels = context.createImageData(1, this.height);
    for (let y = 0; y < this.height; ++y) {
      const from = (this.height - y - 1) / this.height * this.maxHz / hzPerBin;
      const to = (this.height - y) / this.height * this.maxHz / hzPerBin;
      let level = -Infinity;
      for (let k = Math.floor(from); k <= Math.max(from, to - 1); ++k) {
        if (k < levels.length) level = Math.max(level, levels[k]);
      }
      pixels.data.set([...colourOf(level), 255], 4 * y);
    }
    context.putImageData(pixels, this.column % this.width, 0);
    ++this.column;
  }

  draw() {
    const {context, image, left, width, height} = this;
    const split = this.column % width;
    context.clearRect(0, 0, left + width + 4, height + this.bottom);
    const old = width - split;
    context.drawImage(image, split, 0, old, height, left, 0, old, height);
    if (split > 0) {
      context.drawImage(image, 0, 0, split, height, left + old, 0, split, height);
    }
    const step = this.maxHz > 8000 ? 4000 : 2000;
    for (let hz = 0; hz < this.maxHz; hz += step) {
      const y = height * (1 - hz / this.maxHz);
      text(context, `${hz / 1000} kHz`, left - 4, Math.max(8, y - 2), 'right');
    }
    for (let s = 0; s * 125 < width; ++s) {
      text(context, s === 0 ? 'now' : `-${s} s`, left + width - s * 125,
           height + 10, s === 0 ? 'right' : 'center');
    }
  }
}

// meters: levels of docs/protocol.md; null where not known
function drawLevels(canvas, levels) {
  const context = canvas.getContext('2d');
  const left = 56, right = canvas.width - 64, lowest = -80;
  const at = (db) => left + (right - left) *
    Math.min(1, Math.max(0, 1 - db / lowest));
  context.clearRect(0, 0, canvas.width, canvas.height);
  for (let db = lowest; db <= 0; db += 20) {
    context.fillStyle = GRID;
    context.fillRect(at(db), 0, 1, 74);
    text(context, `${db}`, at(db), 84, 'center');
  }
  const bar = (name, y, rms, peak, colour) => {
    text(context, name, left - 8, y + 12, 'right', INK);
    context.fillStyle = colour;
    context.fillRect(left, y, at(rms ?? -120) - left, 24);
    context.fillStyle = INK;
    if (peak > lowest) context.fillRect(at(peak) - 1, y, 3, 24);
    text(context, rms > -120 ? `${rms.toFixed(1)} dB` : 'silence',
         canvas.width - 4, y + 12, 'right', INK);
  };
  bar('input', 8, levels.input_rms_db, levels.input_peak_db, RAW);
  bar('output', 42, levels.output_rms_db, levels.output_peak_db, CLEAN);
  const taken = levels.attenuation_db;
  text(context, taken === null ? '' :
       `${Math.max(0, taken).toFixed(1)} dB taken away`, left, 101, 'left', INK);
}

// latency: the result of that name of docs/protocol.md
function drawHistograms(canvas, latency) {
  const context = canvas.getContext('2d');
  const left = 104, right = canvas.width - 166, row = 48, top = 20;
  const at = (ms) => left + (right - left) *
    Math.min(1, Math.max(0, (Math.log10(ms) + 3) / 6));  // 1 us .. 1 s
  const number = (ms) => ms < 10 ? ms.toPrecision(2) : ms.toFixed(0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  const bottom = top + row * latency.stages.length;
  for (const ms of [0.001, 0.01, 0.1, 1, 10, 100, 1000]) {
    context.fillStyle = GRID;
    context.fillRect(at(ms), top, 1, bottom - top);
    text(context, `${ms}`, at(ms), bottom + 12, 'center');
  }
  latency.stages.forEach((stage, i) => {
    const base = top + row * (i + 1) - 6;
    const name = stage.stage === 'end_to_end' ? 'whole callback' :
      stage.stage.replace(/_/g, ' ');
    text(context, name, left - 8, base - 12, 'right', INK);
    context.fillStyle = GRID;
    context.fillRect(left, base, right - left, 1);
    // These are delays, not work that must be done in time.
    const isWork = !['capture_wait', 'queueing'].includes(stage.stage);
    const most = Math.max(1, ...stage.buckets.map((bucket) => bucket[1]));
    for (const [upper, count] of stage.buckets) {
      // Two buckets an octave; a lone sample is still seen.
      const x = at(upper / Math.SQRT2);
      const height = Math.max(1, (row - 14) * count / most);
      context.fillStyle = isWork && upper > latency.budget_ms ? LATE : CLEAN;
      context.fillRect(x, base - height, Math.max(2, at(upper) - x - 1), height);
    }
    const words = stage.count === 0 ? 'none' :
      `p50 ${number(stage.p50_ms)}  p99 ${number(stage.p99_ms)}`;
    text(context, words, canvas.width - 4, base - 20, 'right', INK);
    if (stage.count > 0) {
      text(context, `max ${number(stage.max_ms)}`, canvas.width - 4,
           base - 5, 'right');
    }
  });
  context.fillStyle = LATE;
  context.fillRect(at(latency.budget_ms), top - 4, 1, bottom - top + 4);
  text(context, `a hop: ${latency.budget_ms} ms`, at(latency.budget_ms), 8,
       'center', LATE);
}

// Peaks of both takes over time; position in 0..1, or null.
function drawTake(canvas, take, position) {
  const context = canvas.getContext('2d');
  const {width, height} = canvas;
  context.clearRect(0, 0, width, height);
  if (take === null) return;
  for (const [samples, colour] of [[take.raw, RAW], [take.clean, CLEAN]]) {
    context.fillStyle = colour;
    for (let x = 0; x < width; ++x) {
      let peak = 0;
      const end = Math.floor((x + 1) * samples.length / width);
      for (let i = Math.floor(x * samples.length / width); i < end; ++i) {
        peak = Math.max(peak, Math.abs(samples[i]));
      }
      const size = Math.max(1, height * Math.min(1, peak / take.peak));
      context.fillRect(x, (height - size) / 2, 1, size);
    }
  }
  if (position === null) return;
  context.fillStyle = INK;
  context.fillRect(width * position, 0, 2, height);
}
