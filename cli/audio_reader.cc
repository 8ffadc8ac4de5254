// SPDX-License-Identifier: Apache-2.0
#include "cli/audio_reader.h"

#include <fcntl.h>
#include <sndfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/header_log.h"
#include "cli/lost_tags.h"
#include "cli/unfinished_wav.h"
#include "cli/wav_header.h"

namespace tacet {
namespace {

constexpr int kMaxLogBytes = 16 << 10;
constexpr size_t kSpoolBytes = 64 << 10;

// Bytes read; fewer than asked only at the end or at an error.
size_t ReadFully(int fd, std::span<unsigned char> bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = read(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

bool IsRegularFile(int fd) {
  struct stat info;
  return fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

// Only WAV and raw samples can be read from a pipe as they come. Any other
// format goes to an unnamed temporary file first.
absl::StatusOr<int> Spool(int from, std::span<const unsigned char> head) {
  const char* folder = std::getenv("TMPDIR");
  std::string name =
      absl::StrCat(folder != nullptr ? folder : "/tmp", "/tacet-XXXXXX");
  const int to = mkstemp(name.data());
  if (to < 0) return absl::ErrnoToStatus(errno, name);
  unlink(name.c_str());
  std::vector<unsigned char> buffer(kSpoolBytes);
  std::copy(head.begin(), head.end(), buffer.begin());
  size_t filled = head.size();
  while (filled > 0) {
    for (size_t done = 0; done < filled;) {
      const ssize_t n = write(to, buffer.data() + done, filled - done);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        const int error = errno;
        close(to);
        return absl::ErrnoToStatus(error,
                                   "cannot keep the input in a temporary file");
      }
      done += static_cast<size_t>(n);
    }
    filled = ReadFully(from, buffer);
  }
  lseek(to, 0, SEEK_SET);
  return to;
}

absl::Status CheckShape(const AudioShape& shape) {
  if (shape.num_channels >= 1 && shape.sample_rate_hz >= 1) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(shape.num_channels, " channels at ", shape.sample_rate_hz,
                   " Hz make no sense"));
}

std::string HeaderLog(SNDFILE* file) {
  std::string log(kMaxLogBytes, '\0');
  const int size = sf_command(file, SFC_GET_LOG_INFO, log.data(), kMaxLogBytes);
  log.resize(static_cast<size_t>(std::clamp(size, 0, kMaxLogBytes)));
  return log;
}

RawInput RawSamples(const WavHeader& header) {
  return {{header.sample_rate_hz, header.num_channels},
          SF_FORMAT_RAW | SF_ENDIAN_LITTLE | header.encoding};
}

absl::Status WithPath(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(path, ": ", status.message()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<AudioReader>> AudioReader::Open(
    const std::string& path, const std::optional<RawInput>& raw) {
  std::unique_ptr<AudioReader> reader(new AudioReader);
  if (path == "-") {
    absl::Status status = reader->OpenStandardInput(raw);
    if (!status.ok()) return WithPath("standard input", status);
    return reader;
  }
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot read"));
  }
  struct stat info;
  absl::Status status = absl::OkStatus();
  if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    status = absl::InvalidArgumentError("is a folder; use --output-dir");
  } else if (!raw.has_value() && S_ISREG(info.st_mode) && info.st_size == 0) {
    status = absl::InvalidArgumentError("is empty, not an audio file");
  } else if (!raw.has_value() && Extension(path) == "raw") {
    status = absl::InvalidArgumentError(
        "raw samples need --raw-rate, --raw-channels and --raw-format");
  }
  if (!status.ok()) {
    close(fd);
    return WithPath(path, status);
  }
  status = reader->OpenDescriptor(fd, raw);
  if (!status.ok()) return WithPath(path, status);
  return reader;
}

absl::Status AudioReader::OpenStandardInput(
    const std::optional<RawInput>& raw) {
  const int fd = dup(STDIN_FILENO);
  if (fd < 0) return absl::ErrnoToStatus(errno, "cannot read");
  if (raw.has_value() || IsRegularFile(fd)) return OpenDescriptor(fd, raw);
  std::array<unsigned char, 12> head;
  const size_t size = ReadFully(fd, head);
  if (size == 0) {
    close(fd);
    return absl::InvalidArgumentError("is empty, not an audio file");
  }
  const std::string_view text(reinterpret_cast<const char*>(head.data()), size);
  if (size != head.size() || text.substr(0, 4) != "RIFF" ||
      text.substr(8) != "WAVE") {
    absl::StatusOr<int> spooled = Spool(fd, std::span(head).first(size));
    close(fd);
    if (!spooled.ok()) return spooled.status();
    return OpenDescriptor(*spooled, std::nullopt);
  }
  absl::StatusOr<WavHeader> header =
      ReadWavHeader([fd](std::span<unsigned char> bytes) {
        return ReadFully(fd, bytes) == bytes.size();
      });
  if (!header.ok()) {
    close(fd);
    return header.status();
  }
  absl::Status status = OpenDescriptor(fd, RawSamples(*header));
  if (!status.ok()) return status;
  format_ = SF_FORMAT_WAV | header->encoding;
  if (header->data_bytes.has_value()) {
    frames_left_ =
        *header->data_bytes /
        (int64_t{WavSampleBytes(header->encoding)} * header->num_channels);
    num_frames_ = frames_left_;
  }
  return absl::OkStatus();
}

absl::Status AudioReader::OpenDescriptor(int fd,
                                         const std::optional<RawInput>& raw) {
  const bool regular = IsRegularFile(fd);
  if (!raw.has_value() && regular && lseek(fd, 0, SEEK_CUR) == 0) {
    const std::optional<UnfinishedWav> wav = FindUnfinishedWav(fd);
    if (wav.has_value()) {
      absl::Status status = OpenDescriptor(fd, RawSamples(wav->header));
      if (status.ok()) StartAt(*wav);
      return status;
    }
  }
  std::vector<std::string> lost_tags;
  if (!raw.has_value() && regular) {
    lost_tags = FindLostTags([fd](int64_t at, std::span<unsigned char> bytes) {
      return pread(fd, bytes.data(), bytes.size(), at) ==
             static_cast<ssize_t>(bytes.size());
    });
  }
  SF_INFO info = {};
  if (raw.has_value()) {
    info.samplerate = raw->shape.sample_rate_hz;
    info.channels = raw->shape.num_channels;
    info.format = raw->format;
  }
  file_ = sf_open_fd(fd, SFM_READ, &info, SF_TRUE);
  if (file_ == nullptr) {
    // libsndfile closes the descriptor even so.
    return absl::InvalidArgumentError(
        absl::StrCat("cannot read as audio: ", sf_strerror(nullptr)));
  }
  shape_ = {info.samplerate, info.channels};
  format_ = info.format;
  absl::Status status = CheckShape(shape_);
  if (!status.ok()) return status;
  if (regular && info.frames >= 0 && info.frames < SF_COUNT_MAX) {
    num_frames_ = info.frames;
  }
  header_promises_more_ = SaysTruncated(HeaderLog(file_));
  if (!raw.has_value()) {
    tags_ = ReadTags(file_, info.channels);
    tags_.lost = std::move(lost_tags);
  }
  return absl::OkStatus();
}

void AudioReader::StartAt(const UnfinishedWav& wav) {
  sf_count_t offset = wav.offset;
  sf_command(file_, SFC_SET_RAW_START_OFFSET, &offset, sizeof(offset));
  sf_seek(file_, 0, SEEK_SET);
  format_ = SF_FORMAT_WAV | wav.header.encoding;
  num_frames_ = wav.num_frames;
  header_says_none_ = true;
}

AudioReader::~AudioReader() {
  if (file_ != nullptr) sf_close(file_);
}

int64_t AudioReader::Read(std::span<float> interleaved) {
  int64_t frames =
      static_cast<int64_t>(interleaved.size()) / shape_.num_channels;
  if (frames_left_.has_value()) frames = std::min(frames, *frames_left_);
  if (frames == 0) return 0;
  const int64_t read = std::max<sf_count_t>(
      sf_readf_float(file_, interleaved.data(), frames), 0);
  frames_read_ += read;
  if (frames_left_.has_value()) *frames_left_ -= read;
  return read;
}

std::string AudioReader::warning() const {
  if (sf_error(file_) != SF_ERR_NO_ERROR) {
    return absl::StrCat("damaged behind frame ", frames_read_, " (",
                        sf_strerror(file_), "); kept what is before");
  }
  const bool too_short = num_frames_.has_value() && frames_read_ < *num_frames_;
  if (header_promises_more_ || too_short) {
    return absl::StrCat("truncated: the header promises more than the ",
                        frames_read_, " frames that are there");
  }
  if (header_says_none_) {
    return absl::StrCat("not finished: the header says 0 frames; took the ",
                        frames_read_, " that follow");
  }
  return "";
}

}  // namespace tacet
