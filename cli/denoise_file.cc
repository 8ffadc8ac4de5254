// SPDX-License-Identifier: Apache-2.0
#include "cli/denoise_file.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/audio_writer.h"
#include "cli/output_file.h"
#include "cli/picture.h"
#include "cli/spectrogram.h"
#include "model/stream.h"

namespace tacet {
namespace {

constexpr int kBlockFrames = 4096;
constexpr size_t kMaxListed = 10;

// Runs the engine on interleaved frames, in place.
class InterleavedStream {
 public:
  explicit InterleavedStream(std::unique_ptr<Stream> stream)
      : stream_(std::move(stream)),
        planes_(static_cast<size_t>(stream_->num_channels()),
                std::vector<float>(kBlockFrames)) {
    for (std::vector<float>& plane : planes_) {
      in_.push_back(plane.data());
      out_.push_back(plane.data());
    }
  }

  // Takes at most kBlockFrames frames.
  void Process(std::span<float> interleaved) {
    const size_t channels = planes_.size();
    const size_t frames = interleaved.size() / channels;
    for (size_t i = 0; i < frames; ++i) {
      for (size_t c = 0; c < channels; ++c) {
        planes_[c][i] = interleaved[i * channels + c];
      }
    }
    stream_->Process(in_, out_, static_cast<int>(frames));
    for (size_t i = 0; i < frames; ++i) {
      for (size_t c = 0; c < channels; ++c) {
        interleaved[i * channels + c] = planes_[c][i];
      }
    }
  }

  const Stream& stream() const { return *stream_; }

 private:
  std::unique_ptr<Stream> stream_;
  std::vector<std::vector<float>> planes_;
  std::vector<const float*> in_;
  std::vector<float*> out_;
};

// Adds a share of the job's bytes to the bar, no more than all of them.
class JobProgress {
 public:
  JobProgress(const Job& job, std::optional<int64_t> frames, Console* console)
      : total_(job.bytes), frames_(frames.value_or(0)), console_(console) {}
  ~JobProgress() { console_->Advance(total_ - done_); }

  void Advance(int64_t frames) {
    if (frames_ <= 0) return;
    read_ = std::min(read_ + frames, frames_);
    const int64_t done = static_cast<int64_t>(static_cast<double>(read_) /
                                              static_cast<double>(frames_) *
                                              static_cast<double>(total_));
    console_->Advance(done - done_);
    done_ = done;
  }

 private:
  const int64_t total_;   // bytes
  const int64_t frames_;  // 0: not known
  Console* const console_;
  int64_t read_ = 0;  // frames
  int64_t done_ = 0;  // bytes told to the console
};

class PictureTaker {
 public:
  static absl::StatusOr<std::unique_ptr<PictureTaker>> Create(
      const DenoiseSettings& settings, const AudioShape& shape) {
    auto taker = std::make_unique<PictureTaker>();
    if (settings.picture.empty()) return taker;
    auto file = OutputFile::Create(settings.picture, settings.force);
    if (!file.ok()) return file.status();
    auto before = Spectrogram::Create(shape);
    if (!before.ok()) return before.status();
    auto after = Spectrogram::Create(shape);
    if (!after.ok()) return after.status();
    taker->file_ = *std::move(file);
    taker->before_ = *std::move(before);
    taker->after_ = *std::move(after);
    return taker;
  }

  void Before(std::span<const float> interleaved) {
    if (before_ != nullptr) before_->Push(interleaved);
  }
  void After(std::span<const float> interleaved) {
    if (after_ != nullptr) after_->Push(interleaved);
  }
  absl::Status Finish(const std::string& title) {
    if (file_ == nullptr) return absl::OkStatus();
    before_->Finish();
    after_->Finish();
    return DrawPicture(*before_, *after_, title, std::move(file_));
  }

 private:
  std::unique_ptr<OutputFile> file_;
  std::unique_ptr<Spectrogram> before_;
  std::unique_ptr<Spectrogram> after_;
};

// Drops the frames that the engine's latency puts in front.
std::span<const float> WithoutLatency(std::span<const float> interleaved,
                                      int channels, int64_t* frames_to_drop) {
  const int64_t frames = static_cast<int64_t>(interleaved.size()) / channels;
  const int64_t dropped = std::min(*frames_to_drop, frames);
  *frames_to_drop -= dropped;
  return interleaved.subspan(static_cast<size_t>(dropped * channels));
}

absl::Status Run(AudioReader* reader, InterleavedStream* engine,
                 AudioWriter* writer, PictureTaker* picture,
                 JobProgress* progress) {
  const int channels = reader->shape().num_channels;
  std::vector<float> block(static_cast<size_t>(kBlockFrames) * channels);
  int64_t frames_to_drop = engine->stream().latency_samples();
  int64_t frames_to_flush = 0;
  const auto process = [&](std::span<float> part) {
    engine->Process(part);
    const auto out = WithoutLatency(part, channels, &frames_to_drop);
    picture->After(out);
    return writer->Write(out);
  };
  while (const int64_t frames = reader->Read(block)) {
    const std::span<float> part =
        std::span(block).first(static_cast<size_t>(frames * channels));
    picture->Before(part);
    absl::Status status = process(part);
    if (!status.ok()) return status;
    frames_to_flush = engine->stream().latency_samples();
    progress->Advance(frames);
  }
  // Silence pushes out what is still inside. Of what comes out, exactly as many
  // frames are left as went in.
  while (frames_to_flush > 0) {
    const int64_t frames = std::min<int64_t>(frames_to_flush, kBlockFrames);
    frames_to_flush -= frames;
    const std::span<float> part =
        std::span(block).first(static_cast<size_t>(frames * channels));
    std::fill(part.begin(), part.end(), 0.0f);
    absl::Status status = process(part);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// "a, b, c", at most kMaxListed of them.
std::string List(const std::vector<std::string>& names) {
  const size_t num_listed = std::min(names.size(), kMaxListed);
  std::string text =
      absl::StrJoin(names.begin(), names.begin() + num_listed, ", ");
  if (names.size() > num_listed) {
    absl::StrAppend(&text, " and ", names.size() - num_listed, " more");
  }
  return text;
}

void WarnAbout(const Job& job, const AudioReader& reader,
               const AudioWriter& writer, const StreamCounters& counters,
               Console* console) {
  const std::string damage = reader.warning();
  if (!damage.empty()) console->Warn(absl::StrCat(job.input, ": ", damage));
  if (counters.num_non_finite_samples > 0) {
    console->Warn(absl::StrCat(job.input, ": ", counters.num_non_finite_samples,
                               " samples were not finite numbers or far out of "
                               "range, and were replaced"));
  }
  if (counters.num_missing_masks > 0) {
    console->Warn(absl::StrCat(job.input, ": ", counters.num_missing_masks,
                               " frames were passed through unprocessed"));
  }
  if (!writer.lost_tags().empty()) {
    console->Warn(absl::StrCat(job.input, ": ", job.output, " is without its ",
                               List(writer.lost_tags())));
  }
  if (writer.num_clipped() > 0) {
    console->Warn(absl::StrCat(job.output, ": ", writer.num_clipped(),
                               " samples clipped"));
  }
}

// Blocks for files, unless their delay is not a whole number of samples, which
// would move the output by a part of one. What comes from or goes to a pipe may
// be listened to.
const EstimatorSource& SourceFor(const Job& job,
                                 const DenoiseSettings& settings,
                                 const AudioShape& shape) {
  if (!settings.block_source.has_value() || job.input == "-" ||
      job.output == "-") {
    return settings.source;
  }
  constexpr int64_t kHopsPerSecond = 125;
  static_assert(kHopsPerSecond == kTokensPerSecond);
  const int64_t delay_hops = settings.block_source->make()->delay_hops();
  return delay_hops * shape.sample_rate_hz % kHopsPerSecond == 0
             ? *settings.block_source
             : settings.source;
}

absl::Status WithInput(const Job& job, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(job.input, ": ", status.message()));
}

}  // namespace

absl::Status DenoiseFile(const Job& job, const DenoiseSettings& settings,
                         Console* console) {
  auto reader = AudioReader::Open(job.input, settings.raw);
  if (!reader.ok()) return reader.status();
  const AudioShape& shape = (*reader)->shape();
  StreamParams params;
  params.sample_rate_hz = shape.sample_rate_hz;
  params.num_channels = shape.num_channels;
  params.link = settings.link;
  params.strength = settings.strength;
  params.bypass = settings.bypass;
  auto stream = Stream::Create(SourceFor(job, settings, shape), params);
  if (!stream.ok()) return WithInput(job, stream.status());
  auto format = ChooseOutputFormat(settings.format, job.output,
                                   (*reader)->format(), shape);
  if (!format.ok()) return WithInput(job, format.status());
  auto output = OutputFile::Create(job.output, settings.force);
  if (!output.ok()) return output.status();
  auto writer = AudioWriter::Create(*std::move(output),
                                    {shape, *format, (*reader)->num_frames()},
                                    (*reader)->tags());
  if (!writer.ok()) return writer.status();
  auto picture = PictureTaker::Create(settings, shape);
  if (!picture.ok()) return picture.status();

  InterleavedStream engine(*std::move(stream));
  JobProgress progress(job, (*reader)->num_frames(), console);
  absl::Status status =
      Run(reader->get(), &engine, writer->get(), picture->get(), &progress);
  if (!status.ok()) return status;
  status = (*writer)->Finish();
  if (!status.ok()) return status;
  WarnAbout(job, **reader, **writer, engine.stream().counters(), console);
  const std::string title =
      job.input == "-" ? "standard input"
                       : std::filesystem::path(job.input).filename().string();
  return (*picture)->Finish(title);
}

}  // namespace tacet
