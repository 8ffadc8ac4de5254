// SPDX-License-Identifier: Apache-2.0
#include "cli/simulate_run.h"

#include <ctime>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chips/chip_file.h"
#include "cli/audio_reader.h"
#include "cli/model_report.h"
#include "model/stream.h"

namespace tacet {
namespace {

constexpr int kBlockFrames = 4096;

double ProcessorSeconds() {
  timespec now = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) +
         1e-9 * static_cast<double>(now.tv_nsec);
}

// Feeds the input to the engine and drops what comes out. Gives the frames.
int64_t Feed(AudioReader* reader, Stream* stream) {
  const size_t channels = reader->shape().num_channels;
  std::vector<float> block(kBlockFrames * channels);
  std::vector<std::vector<float>> planes(channels,
                                         std::vector<float>(kBlockFrames));
  std::vector<const float*> in;
  std::vector<float*> out;
  for (std::vector<float>& plane : planes) {
    in.push_back(plane.data());
    out.push_back(plane.data());
  }
  int64_t num_frames = 0;
  while (const int64_t frames = reader->Read(block)) {
    for (int64_t i = 0; i < frames; ++i) {
      for (size_t c = 0; c < channels; ++c) {
        planes[c][i] = block[i * channels + c];
      }
    }
    stream->Process(in, out, static_cast<int>(frames));
    num_frames += frames;
  }
  return num_frames;
}

}  // namespace

absl::StatusOr<Simulation> RunSimulation(const SimulateSettings& settings,
                                         SliceObserver* slices) {
  Simulation run;
  auto model = FindModel(settings.model);
  if (!model.ok()) return model.status();
  run.model = *std::move(model);
  const auto chip = LoadChip(settings.chip.empty() ? std::string(kDefaultChip)
                                                   : settings.chip);
  if (!chip.ok()) return chip.status();
  auto network = MapModel(*run.model, *chip, settings.placement);
  if (!network.ok()) return network.status();
  run.meter =
      std::make_unique<SimulationMeter>(*network, settings.mode, slices);

  auto reader = AudioReader::Open(settings.input, std::nullopt);
  if (!reader.ok()) return reader.status();
  StreamParams params;
  params.sample_rate_hz = (*reader)->shape().sample_rate_hz;
  params.num_channels = (*reader)->shape().num_channels;
  params.link = ChannelLink::kLinked;
  auto stream = Stream::Create(
      NeuromorphicEstimators(run.model, *network, run.meter.get()), params);
  if (!stream.ok()) {
    return absl::Status(
        stream.status().code(),
        absl::StrCat(settings.input, ": ", stream.status().message()));
  }
  const double start_s = ProcessorSeconds();
  const int64_t num_frames = Feed(reader->get(), stream->get());
  run.meter->Finish();
  run.processor_s = ProcessorSeconds() - start_s;
  run.audio_s = static_cast<double>(num_frames) / params.sample_rate_hz;
  if (run.meter->num_tokens() == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(settings.input, ": ", run.audio_s,
                     " s without a hop that the network sees, expected audio "
                     "of at least 8 ms that is not digital silence"));
  }
  return run;
}

}  // namespace tacet
