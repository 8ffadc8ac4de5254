// SPDX-License-Identifier: Apache-2.0
//
// peer_bench FILE PEER ROUNDS: denoises a mono 16 kHz file with a classical
// denoiser and prints its processor time in microseconds a second of audio,
// the least of the rounds. PEER is speexdsp or webrtc.
#include <speex/speex_preprocess.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/audio_reader.h"
#ifdef TACET_HAVE_WEBRTC
#include <webrtc/modules/audio_processing/include/audio_processing.h>
#include <webrtc/modules/interface/module_common_types.h>
#endif

namespace tacet {
namespace {

constexpr int kRateHz = 16000;

using Denoise = std::function<void(std::vector<int16_t>*)>;

double CpuSeconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// 20 ms frames, noise suppression alone, as speexdsp's manual has it.
void RunSpeexdsp(std::vector<int16_t>* samples) {
  constexpr int kFrame = kRateHz / 50;
  SpeexPreprocessState* state = speex_preprocess_state_init(kFrame, kRateHz);
  for (size_t i = 0; i + kFrame <= samples->size(); i += kFrame) {
    speex_preprocess_run(state, samples->data() + i);
  }
  speex_preprocess_state_destroy(state);
}

#ifdef TACET_HAVE_WEBRTC
// 10 ms frames, noise suppression alone, at its default level.
void RunWebrtc(std::vector<int16_t>* samples) {
  constexpr int kFrame = kRateHz / 100;
  const std::unique_ptr<webrtc::AudioProcessing> processing(
      webrtc::AudioProcessing::Create());
  processing->noise_suppression()->Enable(true);
  webrtc::AudioFrame frame;
  frame.sample_rate_hz_ = kRateHz;
  frame.samples_per_channel_ = kFrame;
  frame.num_channels_ = 1;
  for (size_t i = 0; i + kFrame <= samples->size(); i += kFrame) {
    std::copy_n(samples->data() + i, kFrame, frame.data_);
    if (processing->ProcessStream(&frame) != 0) std::abort();
    std::copy_n(frame.data_, kFrame, samples->data() + i);
  }
}
#endif

Denoise Find(const std::string& name) {
  if (name == "speexdsp") return RunSpeexdsp;
#ifdef TACET_HAVE_WEBRTC
  if (name == "webrtc") return RunWebrtc;
#endif
  return nullptr;
}

int Main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: peer_bench FILE PEER ROUNDS\n");
    return 2;
  }
  const Denoise denoise = Find(argv[2]);
  if (denoise == nullptr) {
    std::fprintf(stderr, "peer_bench: %s: not built in\n", argv[2]);
    return 1;
  }
  auto reader = AudioReader::Open(argv[1], std::nullopt);
  if (!reader.ok() || (*reader)->shape().num_channels != 1 ||
      (*reader)->shape().sample_rate_hz != kRateHz) {
    std::fprintf(stderr, "peer_bench: %s: expected a mono 16 kHz file\n",
                 argv[1]);
    return 1;
  }
  std::vector<float> block(4096);
  std::vector<int16_t> input;
  while (const int64_t n = (*reader)->Read(block)) {
    for (int64_t i = 0; i < n; ++i) {
      input.push_back(static_cast<int16_t>(
          std::clamp(std::lround(block[i] * 32768.0f), -32768l, 32767l)));
    }
  }
  double least = std::numeric_limits<double>::infinity();
  for (int round = 0; round < std::atoi(argv[3]); ++round) {
    std::vector<int16_t> samples = input;
    const double start = CpuSeconds();
    denoise(&samples);
    least = std::min(least, CpuSeconds() - start);
  }
  const double seconds = static_cast<double>(input.size()) / kRateHz;
  std::printf("%.3f\n", 1e6 * least / seconds);
  return 0;
}

}  // namespace
}  // namespace tacet

int main(int argc, char** argv) { return tacet::Main(argc, argv); }
