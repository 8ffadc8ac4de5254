// SPDX-License-Identifier: Apache-2.0
// Records what comes and plays raw or clean, switched without a click.
'use strict';

const TAKE_S = 5, SWITCH_S = 0.01;

class Comparison {
  // onChange(): something to show has changed
  constructor(onChange) {
    this.onChange = onChange;
    this.recording = null;
    this.take = null;
    this.player = null;
    this.message = 'Nothing recorded yet.';
  }

  record() {
    this.stop();
    this.recording = {input: [], output: [], frames: 0, missed: 0, rateHz: 0};
    this.message = 'Recording ...';
    this.onChange();
  }

  // missed: frames that are lacking before these
  push(audio, input, output, missed) {
    const recording = this.recording;
    if (recording === null) return;
    if (recording.frames > 0 && recording.rateHz !== audio.sample_rate_hz) {
      this.recording = null;
      this.message = 'The sample rate changed: record again.';
      this.onChange();
      return;
    }
    if (recording.frames > 0) recording.missed += missed;
    recording.rateHz = audio.sample_rate_hz;
    recording.input.push(input);
    recording.output.push(output);
    recording.frames += input.length;
    const wanted = TAKE_S * recording.rateHz;
    if (recording.frames < wanted + audio.latency_frames) {
      const done = Math.min(1, recording.frames / wanted);
      this.message = `Recording ... ${(TAKE_S * done).toFixed(1)} s`;
    } else {
      this.finish(audio.latency_frames, wanted);
    }
    this.onChange();
  }

  // The output is behind by the latency; both begin at the same sound.
  finish(latency, wanted) {
    const join = (parts, begin) => {
      const all = new Float32Array(this.recording.frames);
      let end = 0;
      for (const part of parts) {
        all.set(part, end);
        end += part.length;
      }
      return all.slice(begin, begin + wanted);
    };
    const raw = join(this.recording.input, 0);
    const clean = join(this.recording.output, latency);
    const peak = Math.max(1e-4, raw.reduce((most, x) =>
      Math.max(most, Math.abs(x)), 0));
    this.take = {raw, clean, peak, rateHz: this.recording.rateHz,
                 rawDb: rmsDb(raw), cleanDb: rmsDb(clean)};
    const {rawDb, cleanDb} = this.take;
    const gap = this.recording.missed > 0 ?
      ` ${this.recording.missed} frames are missing.` : '';
    this.message = `Recorded ${TAKE_S} s: raw ${rawDb.toFixed(1)} dB, clean ` +
      `${cleanDb.toFixed(1)} dB.${gap}`;
    this.recording = null;
  }

  // which: 'raw' or 'clean'. Both run on together, one of them is heard.
  play(which) {
    if (this.player === null) {
      const context = new AudioContext();
      this.player = {context, which, start: context.currentTime, gains: {}};
      for (const name of ['raw', 'clean']) {
        const buffer = context.createBuffer(1, this.take[name].length,
                                            this.take.rateHz);
        buffer.copyToChannel(this.take[name], 0);
        const source = new AudioBufferSourceNode(context, {buffer, loop: true});
        const gain = new GainNode(context, {gain: name === which ? 1 : 0});
        source.connect(gain).connect(context.destination);
        source.start(this.player.start);
        this.player.gains[name] = gain.gain;
      }
    }
    const now = this.player.context.currentTime;
    for (const [name, gain] of Object.entries(this.player.gains)) {
      gain.setTargetAtTime(name === which ? 1 : 0, now, SWITCH_S);
    }
    this.player.which = which;
    this.onChange();
  }

  stop() {
    if (this.player !== null) this.player.context.close();
    this.player = null;
    this.onChange();
  }

  // 0..1 of the take; null: it does not play.
  position() {
    if (this.player === null) return null;
    const {context, start} = this.player;
    return (context.currentTime - start) / TAKE_S % 1;
  }
}
