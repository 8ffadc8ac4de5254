// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_AUDIO_WRITER_H_
#define TACET_CLI_AUDIO_WRITER_H_

#include <sndfile.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/format.h"
#include "cli/output_file.h"
#include "cli/quantiser.h"
#include "cli/tags.h"

namespace tacet {

struct AudioWriterParams {
  AudioShape shape;
  int format = 0;  // from ChooseOutputFormat
  // If known: a pipe's header can tell it, and a file knows if it needs RF64.
  std::optional<int64_t> num_frames;
  // Lowers the limit that the format has (MaxFileBytes); for tests.
  std::optional<int64_t> max_file_bytes = std::nullopt;
};

// Writes interleaved frames through libsndfile into an OutputFile; rounds with
// dither where the format is 16 bit. WAV that may pass 4 GiB becomes RF64, and
// WAV again if it does not; a format that cannot grow so far is refused, at
// once if the length is known, else where it reaches its limit. Thread: one per
// object.
class AudioWriter {
 public:
  // Errors: InvalidArgument where the format cannot be written to a pipe or
  // libsndfile refuses it; OutOfRange where the samples are more than it can
  // hold; what the system says of the output.
  static absl::StatusOr<std::unique_ptr<AudioWriter>> Create(
      std::unique_ptr<OutputFile> output, const AudioWriterParams& params,
      const Tags& tags);
  ~AudioWriter();

  AudioWriter(const AudioWriter&) = delete;
  AudioWriter& operator=(const AudioWriter&) = delete;

  // interleaved: a whole number of frames, any count.
  absl::Status Write(std::span<const float> interleaved);

  // Writes the tail and the header and commits the output.
  absl::Status Finish();

  // Samples that did not fit the integer range of the format.
  int64_t num_clipped() const {
    return quantiser_.has_value() ? quantiser_->num_clipped() : 0;
  }

  // Names of the tags that the output does not have (WriteTags).
  const std::vector<std::string>& lost_tags() const { return lost_tags_; }

  // Where libsndfile writes: its byte 0 is byte `origin` of the file.
  struct Target {
    std::unique_ptr<OutputFile> file;
    int64_t origin = 0;
    std::optional<int64_t> max_bytes;
    bool is_full = false;  // a write would have passed max_bytes
  };

 private:
  AudioWriter(std::unique_ptr<OutputFile> output,
              const AudioWriterParams& params);

  absl::Status Open(const AudioWriterParams& params);
  absl::Status CheckSize(const AudioWriterParams& params) const;
  // Of the output so far, but for what libsndfile says.
  absl::Status OutputStatus() const;
  absl::Status Failure() const;

  Target target_;
  const std::optional<int64_t> max_frames_;
  const int num_channels_;
  const int format_;
  SNDFILE* file_ = nullptr;
  std::optional<Quantiser> quantiser_;
  std::vector<int32_t> integers_;
  std::vector<std::string> lost_tags_;
  int64_t samples_ = 0;
  bool pad_to_even_ = false;
};

}  // namespace tacet

#endif  // TACET_CLI_AUDIO_WRITER_H_
