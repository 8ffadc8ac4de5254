// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_AUDIO_READER_H_
#define TACET_CLI_AUDIO_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/format.h"
#include "cli/tags.h"
#include "cli/unfinished_wav.h"

namespace tacet {

// How to read samples that have no header.
struct RawInput {
  AudioShape shape;
  int format = 0;  // from RawFormatFromName
};

// A stream of interleaved frames from a file or the standard input ("-").
// Thread: one per object.
class AudioReader {
 public:
  // Errors: what the system or libsndfile says, with the path.
  static absl::StatusOr<std::unique_ptr<AudioReader>> Open(
      const std::string& path, const std::optional<RawInput>& raw);
  ~AudioReader();

  AudioReader(const AudioReader&) = delete;
  AudioReader& operator=(const AudioReader&) = delete;

  const AudioShape& shape() const { return shape_; }
  int format() const { return format_; }
  const Tags& tags() const { return tags_; }

  // As the header says; absent on a pipe. A promise, not a fact.
  std::optional<int64_t> num_frames() const { return num_frames_; }

  // Reads up to interleaved.size() / num_channels frames; 0 at the end.
  int64_t Read(std::span<float> interleaved);

  // After the end: one line on what was missing or damaged; empty if nothing.
  std::string warning() const;

 private:
  AudioReader() = default;

  absl::Status OpenStandardInput(const std::optional<RawInput>& raw);
  absl::Status OpenDescriptor(int fd, const std::optional<RawInput>& raw);

  void StartAt(const UnfinishedWav& wav);

  SNDFILE* file_ = nullptr;
  AudioShape shape_;
  int format_ = 0;
  Tags tags_;
  std::optional<int64_t> num_frames_;
  std::optional<int64_t> frames_left_;  // a pipe's WAV header's word
  int64_t frames_read_ = 0;
  bool header_promises_more_ = false;
  bool header_says_none_ = false;  // but there are some
};

}  // namespace tacet

#endif  // TACET_CLI_AUDIO_READER_H_
