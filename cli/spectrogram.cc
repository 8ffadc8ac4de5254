// SPDX-License-Identifier: Apache-2.0
#include "cli/spectrogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "dsp/finite_samples.h"

namespace tacet {
namespace {

constexpr double kFrameSeconds = 0.032;
constexpr int kMinSize = 64;

int FrameSize(int sample_rate_hz) {
  const auto size = static_cast<unsigned>(sample_rate_hz * kFrameSeconds);
  return std::max(kMinSize, static_cast<int>(std::bit_ceil(size)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Spectrogram>> Spectrogram::Create(
    const AudioShape& shape) {
  absl::StatusOr<std::unique_ptr<RealFft>> fft =
      RealFft::Create(FrameSize(shape.sample_rate_hz));
  if (!fft.ok()) return fft.status();
  return std::unique_ptr<Spectrogram>(new Spectrogram(shape, *std::move(fft)));
}

Spectrogram::Spectrogram(const AudioShape& shape, std::unique_ptr<RealFft> fft)
    : shape_(shape),
      fft_(std::move(fft)),
      size_(fft_->size()),
      hop_(size_ / 4),
      num_rows_(std::min(size_ / 2, kMaxRows)),
      window_(static_cast<size_t>(size_)),
      history_(static_cast<size_t>(size_) * shape.num_channels),
      frame_(static_cast<size_t>(size_)),
      spectrum_(static_cast<size_t>(size_ / 2 + 1)),
      column_(static_cast<size_t>(num_rows_)),
      // The first frame is centred on the first hop's end.
      until_frame_(size_ / 2 + hop_) {
  double sum = 0;
  for (int n = 0; n < size_; ++n) {
    const double w = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * n / size_);
    window_[n] = static_cast<float>(w);
    sum += w;
  }
  for (float& w : window_) w = static_cast<float>(w * 2 / sum);
}

void Spectrogram::Push(std::span<const float> interleaved) {
  const int channels = shape_.num_channels;
  for (size_t i = 0; i < interleaved.size(); i += channels) {
    PushFrame(&interleaved[i]);
  }
  num_samples_ += static_cast<int64_t>(interleaved.size()) / channels;
}

void Spectrogram::Finish() {
  const std::vector<float> silence(static_cast<size_t>(shape_.num_channels));
  for (int i = 0; i < size_ / 2; ++i) PushFrame(silence.data());
  // A file shorter than a hop still has something to show.
  if (num_samples_ > 0 && num_columns_ == 0 && frames_in_column_ == 0) {
    AddSpectra();
  }
  // Twice where the first call only makes room.
  while (frames_in_column_ > 0) EndColumn();
}

void Spectrogram::PushFrame(const float* samples) {
  for (int c = 0; c < shape_.num_channels; ++c) {
    // One bad sample would blank a whole column.
    MakeFinite(
        std::span(samples + c, 1),
        std::span(&history_[static_cast<size_t>(c) * size_ + position_], 1));
  }
  position_ = (position_ + 1) % size_;
  if (--until_frame_ > 0) return;
  until_frame_ = hop_;
  AddSpectra();
  if (frames_in_column_ == frames_per_column_) EndColumn();
}

void Spectrogram::AddSpectra() {
  const int bins_per_row = size_ / 2 / num_rows_;
  for (int c = 0; c < shape_.num_channels; ++c) {
    const float* ring = &history_[static_cast<size_t>(c) * size_];
    for (int n = 0; n < size_; ++n) {
      frame_[n] = window_[n] * ring[(position_ + n) % size_];
    }
    fft_->Forward(frame_, spectrum_);
    const double scale = 1.0 / (shape_.num_channels * bins_per_row);
    for (int row = 0; row < num_rows_; ++row) {
      for (int k = 0; k < bins_per_row; ++k) {
        column_[row] += scale * std::norm(spectrum_[row * bins_per_row + k]);
      }
    }
  }
  ++frames_in_column_;
}

void Spectrogram::EndColumn() {
  if (num_columns_ == kMaxColumns) {
    for (int t = 0; t < kMaxColumns / 2; ++t) {
      for (int row = 0; row < num_rows_; ++row) {
        power_[static_cast<size_t>(t) * num_rows_ + row] =
            0.5f * (power(2 * t, row) + power(2 * t + 1, row));
      }
    }
    num_columns_ = kMaxColumns / 2;
    power_.resize(static_cast<size_t>(num_columns_) * num_rows_);
    frames_per_column_ *= 2;
    // The column in hand may be only half full now.
    if (frames_in_column_ < frames_per_column_) return;
  }
  for (double& sum : column_) {
    power_.push_back(static_cast<float>(sum / frames_in_column_));
    sum = 0;
  }
  frames_in_column_ = 0;
  ++num_columns_;
}

double Spectrogram::ColumnPower(int column) const {
  const auto begin =
      power_.begin() + static_cast<ptrdiff_t>(column) * num_rows_;
  return std::accumulate(begin, begin + num_rows_, 0.0);
}

double Spectrogram::seconds_per_column() const {
  return static_cast<double>(frames_per_column_) * hop_ / shape_.sample_rate_hz;
}

double Spectrogram::duration_s() const {
  return static_cast<double>(num_samples_) / shape_.sample_rate_hz;
}

}  // namespace tacet
