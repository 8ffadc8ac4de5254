// SPDX-License-Identifier: Apache-2.0
#include "cli/audio_writer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/size_limit.h"
#include "cli/wav_header.h"

namespace tacet {
namespace {

// Samples converted in one go; bounds the memory.
constexpr size_t kBlockSamples = 8192;

// A WAV file's sizes have 32 bits; the margin is for header and tags.
constexpr int64_t kMaxWavDataBytes = 0xffffffff - (1 << 20);

using Target = AudioWriter::Target;

sf_count_t Length(void* user) {
  const Target* target = static_cast<Target*>(user);
  return target->file->size() - target->origin;
}

sf_count_t Position(void* user) {
  const Target* target = static_cast<Target*>(user);
  return target->file->position() - target->origin;
}

sf_count_t Seek(sf_count_t offset, int whence, void* user) {
  const Target* target = static_cast<Target*>(user);
  if (whence == SEEK_CUR) offset += Position(user);
  if (whence == SEEK_END) offset += Length(user);
  target->file->Seek(offset + target->origin);
  return offset;
}

sf_count_t ReadNothing(void*, sf_count_t, void*) { return 0; }

sf_count_t WriteBytes(const void* data, sf_count_t size, void* user) {
  Target* target = static_cast<Target*>(user);
  OutputFile* file = target->file.get();
  if (target->max_bytes.has_value() &&
      file->position() + size > *target->max_bytes) {
    target->is_full = true;
    return 0;
  }
  return file->Write(data, static_cast<size_t>(size)).ok() ? size : 0;
}

bool IsWav(int format) {
  const int container = format & SF_FORMAT_TYPEMASK;
  return container == SF_FORMAT_WAV || container == SF_FORMAT_WAVEX;
}

std::optional<int64_t> DataBytes(const AudioWriterParams& params) {
  const int bytes = WavSampleBytes(params.format & SF_FORMAT_SUBMASK);
  if (!params.num_frames.has_value() || bytes == 0) return std::nullopt;
  return *params.num_frames * params.shape.num_channels * bytes;
}

bool MayPassWavLimit(const AudioWriterParams& params) {
  return DataBytes(params).value_or(kMaxWavDataBytes) >= kMaxWavDataBytes;
}

// Big-endian WAV (RIFX) has no 64-bit sibling.
bool IsBigEndian(int format) {
  return (format & SF_FORMAT_ENDMASK) == SF_ENDIAN_BIG;
}

}  // namespace

AudioWriter::AudioWriter(std::unique_ptr<OutputFile> output,
                         const AudioWriterParams& params)
    : target_{std::move(output), 0,
              params.max_file_bytes.has_value() ? params.max_file_bytes
                                                : MaxFileBytes(params.format),
              false},
      max_frames_(MaxFrames(params.format)),
      num_channels_(params.shape.num_channels),
      format_(params.format),
      integers_(kBlockSamples) {
  const int bits = IntegerBits(params.format);
  if (bits > 0) quantiser_.emplace(bits);
}

absl::StatusOr<std::unique_ptr<AudioWriter>> AudioWriter::Create(
    std::unique_ptr<OutputFile> output, const AudioWriterParams& params,
    const Tags& tags) {
  std::unique_ptr<AudioWriter> writer(
      new AudioWriter(std::move(output), params));
  absl::Status status = writer->Open(params);
  if (!status.ok()) return status;
  writer->lost_tags_ = WriteTags(tags, params.format, writer->file_);
  return writer;
}

absl::Status AudioWriter::CheckSize(const AudioWriterParams& params) const {
  if (max_frames_.has_value() && params.num_frames > max_frames_) {
    return TooLarge(target_.file->path(), format_, *max_frames_, "frames",
                    params.num_frames);
  }
  const std::optional<int64_t> bytes = DataBytes(params);
  if (!target_.max_bytes.has_value() || bytes <= target_.max_bytes) {
    return absl::OkStatus();
  }
  return TooLarge(target_.file->path(), format_, *target_.max_bytes, "bytes",
                  bytes);
}

absl::Status AudioWriter::Open(const AudioWriterParams& params) {
  absl::Status size = CheckSize(params);
  if (!size.ok()) return size;
  SF_INFO info = {};
  info.samplerate = params.shape.sample_rate_hz;
  info.channels = params.shape.num_channels;
  info.format = params.format;
  const int encoding = params.format & SF_FORMAT_SUBMASK;
  bool downgrade = false;
  if (IsWav(params.format) && target_.file->sequential()) {
    // libsndfile would write a header that says 0 samples, and a pipe cannot
    // go back to correct it.
    if (WavSampleBytes(encoding) == 0 || IsBigEndian(params.format)) {
      return absl::InvalidArgumentError(
          absl::StrCat(target_.file->path(), ": cannot write ",
                       DescribeFormat(params.format),
                       " to a pipe; choose another with "
                       "--format or --encoding"));
    }
    const std::string header = MakeWavHeader(
        {info.samplerate, info.channels, encoding, DataBytes(params)});
    absl::Status status = target_.file->Write(header.data(), header.size());
    if (!status.ok()) return status;
    target_.origin = static_cast<int64_t>(header.size());
    info.format = SF_FORMAT_RAW | SF_ENDIAN_LITTLE | encoding;
    pad_to_even_ = true;
  } else if (HasRf64(params.format) && MayPassWavLimit(params)) {
    info.format = SF_FORMAT_RF64 | encoding;
    downgrade = true;
  }
  SF_VIRTUAL_IO io = {Length, Seek, ReadNothing, WriteBytes, Position};
  file_ = sf_open_virtual(&io, SFM_WRITE, &info, &target_);
  if (file_ == nullptr) {
    absl::Status status = OutputStatus();
    if (!status.ok()) return status;
    return absl::InvalidArgumentError(absl::StrCat(
        target_.file->path(), ": cannot write ", DescribeFormat(params.format),
        ": ", sf_strerror(nullptr)));
  }
  if (downgrade) {
    sf_command(file_, SFC_RF64_AUTO_DOWNGRADE, nullptr, SF_TRUE);
  }
  // The peak chunk holds the time of day; the same input shall give the same
  // file.
  sf_command(file_, SFC_SET_ADD_PEAK_CHUNK, nullptr, SF_FALSE);
  return absl::OkStatus();
}

AudioWriter::~AudioWriter() {
  if (file_ != nullptr) sf_close(file_);
}

absl::Status AudioWriter::OutputStatus() const {
  if (target_.is_full) {
    return TooLarge(target_.file->path(), format_, *target_.max_bytes, "bytes",
                    {});
  }
  return target_.file->status();
}

absl::Status AudioWriter::Failure() const {
  absl::Status status = OutputStatus();
  if (!status.ok()) return status;
  return absl::UnknownError(absl::StrCat(
      target_.file->path(), ": cannot write: ", sf_strerror(file_)));
}

absl::Status AudioWriter::Write(std::span<const float> interleaved) {
  while (!interleaved.empty()) {
    const size_t whole = kBlockSamples / num_channels_ * num_channels_;
    const auto block = interleaved.first(std::min(whole, interleaved.size()));
    interleaved = interleaved.subspan(block.size());
    const sf_count_t size = static_cast<sf_count_t>(block.size());
    if (max_frames_.has_value() &&
        samples_ + size > *max_frames_ * num_channels_) {
      return TooLarge(target_.file->path(), format_, *max_frames_, "frames",
                      {});
    }
    sf_count_t written = 0;
    if (quantiser_.has_value()) {
      quantiser_->Quantise(block, std::span(integers_).first(block.size()));
      written = sf_write_int(file_, integers_.data(), size);
    } else {
      written = sf_write_float(file_, block.data(), size);
    }
    if (written != size || !OutputStatus().ok()) return Failure();
    samples_ += size;
  }
  return absl::OkStatus();
}

absl::Status AudioWriter::Finish() {
  // The FLAC encoder writes its header with the first sample only.
  if (samples_ == 0 && (format_ & SF_FORMAT_TYPEMASK) == SF_FORMAT_FLAC) {
    sf_command(file_, SFC_UPDATE_HEADER_NOW, nullptr, 0);
  }
  const int error = sf_close(std::exchange(file_, nullptr));
  absl::Status output = OutputStatus();
  if (!output.ok()) return output;
  if (error != SF_ERR_NO_ERROR) {
    return absl::UnknownError(absl::StrCat(
        target_.file->path(), ": cannot write: ", sf_error_number(error)));
  }
  const int64_t bytes = samples_ * WavSampleBytes(format_ & SF_FORMAT_SUBMASK);
  if (pad_to_even_ && bytes % 2 != 0) {
    absl::Status status = target_.file->Write("", 1);
    if (!status.ok()) return status;
  }
  return target_.file->Commit();
}

}  // namespace tacet
