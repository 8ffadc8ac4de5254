// SPDX-License-Identifier: Apache-2.0
// The page: events from `tacet monitor` in, canvases out.
'use strict';

const element = (id) => document.getElementById(id);
const spectrograms = {input: new Spectrogram(element('input')),
                      output: new Spectrogram(element('output'))};
const comparison = new Comparison(showComparison);
let analysers = null;   // by the same names; null: no audio yet
let format = {};        // sample_rate_hz and latency_frames they were made for
let nextFrame = null, dropped = null;
let missed = 0;         // frames that did not reach us
let isFullBand = false;
let isDirty = true;

function setBand() {
  const nyquist = (format.sample_rate_hz ?? 48000) / 2;
  const maxHz = isFullBand ? nyquist : Math.min(8000, nyquist);
  for (const spectrogram of Object.values(spectrograms)) {
    spectrogram.setBand(maxHz);
  }
  element('band').textContent = isFullBand ? 'to 8 kHz' : 'full band';
}

// Frames that are lacking before this event.
function countMissed(audio) {
  let lacking = 0;
  if (nextFrame !== null) lacking += Math.max(0, audio.first_frame - nextFrame);
  if (dropped !== null) lacking += Math.max(0, audio.dropped - dropped);
  nextFrame = audio.first_frame + audio.frames;
  dropped = audio.dropped;
  return lacking;
}

function useFormat(audio) {
  if (audio.sample_rate_hz === format.sample_rate_hz &&
      audio.latency_frames === format.latency_frames) {
    return;
  }
  format = {sample_rate_hz: audio.sample_rate_hz,
            latency_frames: audio.latency_frames};
  // As late as the output, so that both pictures show the same moment.
  analysers = {
    input: new Analyser(format.sample_rate_hz, format.latency_frames),
    output: new Analyser(format.sample_rate_hz, 0),
  };
  element('rate').textContent = `${format.sample_rate_hz / 1000} kHz`;
  setBand();
}

function onAudio(audio) {
  const lacking = countMissed(audio);
  useFormat(audio);
  missed += lacking;
  element('missed').textContent = `${missed}`;
  const samples = {input: decodeSamples(audio.input),
                   output: decodeSamples(audio.output)};
  for (const name of ['input', 'output']) {
    const analyser = analysers[name];
    const hzPerBin = analyser.rateHz / analyser.fftSize;
    analyser.push(samples[name], (levels) =>
      spectrograms[name].push(levels, hzPerBin));
  }
  comparison.push(audio, samples.input, samples.output, lacking);
  isDirty = true;
}

function onMeters(meters) {
  document.body.dataset.state = meters.state;
  const words = {running: 'live', idle: 'idle: no program listens to the ' +
    'Tacet Microphone'};
  element('state').textContent = words[meters.state] ?? meters.state;
  element('model').textContent = meters.model;
  element('mode').textContent = meters.mode;
  element('source').textContent = meters.source || '-';
  element('latency').textContent = meters.latency_ms === null ? '-' :
    `${meters.latency_ms.toFixed(1)} ms`;
  element('xruns').textContent = `${meters.counters.xruns}`;
  element('misses').textContent = `${meters.counters.deadline_misses}`;
  drawLevels(element('levels'), meters.levels);
}

function onGone(words) {
  document.body.dataset.state = 'gone';
  element('state').textContent = words;
  nextFrame = dropped = null;
}

function showComparison() {
  const {take, recording, player} = comparison;
  element('compare').textContent = comparison.message;
  element('record').disabled = recording !== null;
  element('stop').disabled = player === null;
  for (const name of ['raw', 'clean']) {
    element(name).disabled = take === null || recording !== null;
    element(name).ariaPressed = `${player?.which === name}`;
  }
  drawTake(element('take'), take, comparison.position());
}

function draw() {
  if (isDirty) {
    for (const spectrogram of Object.values(spectrograms)) spectrogram.draw();
  }
  isDirty = false;
  if (comparison.player !== null) {
    drawTake(element('take'), comparison.take, comparison.position());
  }
  requestAnimationFrame(draw);
}

const events = new EventSource('events');
const listen = (name, handler) => events.addEventListener(
  name, (event) => handler(JSON.parse(event.data)));
listen('audio', onAudio);
listen('meters', onMeters);
listen('latency', (latency) => drawHistograms(element('histogram'), latency));
listen('daemon', (daemon) => onGone(daemon.error));
events.onerror = () => onGone('tacet monitor has ended');

element('record').onclick = () => comparison.record();
for (const name of ['raw', 'clean']) {
  element(name).onclick = () => comparison.play(name);
}
element('stop').onclick = () => comparison.stop();
element('band').onclick = () => {
  isFullBand = !isFullBand;
  setBand();
  isDirty = true;
};
draw();
