// SPDX-License-Identifier: Apache-2.0
#include "daemon/portaudio_streams.h"

#include <algorithm>
#include <array>
#include <span>
#include <thread>

namespace tacet {

bool PortAudioGate::Close(std::chrono::milliseconds limit) {
  client_.store(nullptr);
  const auto end = std::chrono::steady_clock::now() + limit;
  while (num_inside_.load() > 0) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

int PortAudioStreamState::OnAudio(const void* input, void* output,
                                  unsigned long frames,
                                  const PaStreamCallbackTimeInfo*,
                                  PaStreamCallbackFlags flags, void* user) {
  auto* self = static_cast<PortAudioStreamState*>(user);
  self->thread.store(pthread_self(), std::memory_order_relaxed);
  self->num_callbacks.fetch_add(1, std::memory_order_release);
  constexpr PaStreamCallbackFlags kXruns =
      paInputUnderflow | paInputOverflow | paOutputUnderflow |
      paOutputOverflow;
  self->Run(static_cast<const float* const*>(input),
            static_cast<float* const*>(output), static_cast<int>(frames),
            (flags & kXruns) != 0);
  return paContinue;
}

void PortAudioStreamState::Run(const float* const* in, float* const* out,
                               int frames, bool is_flagged) noexcept {
  AudioClient* client = gate->Enter();
  if (client == nullptr) {
    for (int c = 0; out != nullptr && c < num_outputs; ++c) {
      std::fill_n(out[c], frames, 0.0f);
    }
    return;
  }
  const int64_t now_ns =
      std::chrono::duration_cast<std::chrono::nanoseconds>(
          std::chrono::steady_clock::now().time_since_epoch())
          .count();
  const int64_t lost = gaps.Update(frames, now_ns);
  if (lost > 0 || is_flagged) client->NoteXrun(lost);
  std::array<const float*, kMaxChannels> from{};
  std::array<float*, kMaxChannels> to{};
  for (int done = 0; done < frames; done += kMaxFrames) {
    const int n = std::min(frames - done, kMaxFrames);
    for (int c = 0; c < num_inputs; ++c) from[c] = in[c] + done;
    for (int c = 0; c < num_outputs; ++c) to[c] = out[c] + done;
    const auto inputs = std::span(from).first(num_inputs);
    const auto outputs = std::span(to).first(num_outputs);
    if (num_inputs > 0 && num_outputs > 0) {
      client->Process(inputs, outputs, n, now_ns);
    } else if (num_inputs > 0) {
      client->Capture(inputs, n, now_ns);
    } else {
      client->Playback(outputs, n, now_ns);
    }
  }
  if (is_muted.load()) {
    for (int c = 0; c < num_outputs; ++c) std::fill_n(out[c], frames, 0.0f);
  }
  gate->Leave();
}

}  // namespace tacet
