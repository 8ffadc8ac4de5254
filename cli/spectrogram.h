// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_SPECTROGRAM_H_
#define TACET_CLI_SPECTROGRAM_H_

#include <complex>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/format.h"
#include "dsp/fft.h"

namespace tacet {

// Mean power over time and frequency of a stream of any length in bounded
// memory: when the columns are used up, each two become one.
//
// P(t, k) = mean over channels and frames of |X_k|²·(2/Σw)², so that a
// full-scale sine has power 1 (0 dB); w Hann, N the power of two nearest above
// 32 ms, hop N/4. Bins are averaged to at most kMaxRows rows.
// Thread: one per object.
class Spectrogram {
 public:
  static constexpr int kMaxColumns = 2048;
  static constexpr int kMaxRows = 512;

  // Errors: those of RealFft::Create.
  static absl::StatusOr<std::unique_ptr<Spectrogram>> Create(
      const AudioShape& shape);

  // interleaved: a whole number of frames.
  void Push(std::span<const float> interleaved);

  // Call once after the last Push and before reading.
  void Finish();

  int num_columns() const { return num_columns_; }
  int num_rows() const { return num_rows_; }

  // Row 0 is the lowest frequency.
  float power(int column, int row) const {
    return power_[static_cast<size_t>(column) * num_rows_ + row];
  }

  // Sum of a column's rows.
  double ColumnPower(int column) const;

  double seconds_per_column() const;
  double duration_s() const;
  const AudioShape& shape() const { return shape_; }

 private:
  Spectrogram(const AudioShape& shape, std::unique_ptr<RealFft> fft);

  void PushFrame(const float* samples);  // one sample of each channel
  void AddSpectra();
  void EndColumn();

  const AudioShape shape_;
  std::unique_ptr<RealFft> fft_;
  const int size_;  // N
  const int hop_;
  const int num_rows_;
  std::vector<float> window_;                  // [N]
  std::vector<float> history_;                 // [channels][N], rings
  std::vector<float> frame_;                   // [N]
  std::vector<std::complex<float>> spectrum_;  // [N/2 + 1]
  std::vector<double> column_;                 // [rows], sum of the column
  std::vector<float> power_;                   // [columns][rows]
  int position_ = 0;                           // in the rings
  int until_frame_;                            // samples until the next FFT
  int frames_per_column_ = 1;
  int frames_in_column_ = 0;
  int num_columns_ = 0;
  int64_t num_samples_ = 0;
};

}  // namespace tacet

#endif  // TACET_CLI_SPECTROGRAM_H_
