// SPDX-License-Identifier: Apache-2.0
#include "cli/spectrogram.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/signals.h"

namespace tacet {
namespace {

int LoudestRow(const Spectrogram& s, int column) {
  int loudest = 0;
  for (int row = 1; row < s.num_rows(); ++row) {
    if (s.power(column, row) > s.power(column, loudest)) loudest = row;
  }
  return loudest;
}

TEST(Spectrogram, PutsAFullScaleSineAt0DbInItsRow) {
  const auto s = *Spectrogram::Create({16000, 1});
  s->Push(Sine(16000, 2000.0, 16000.0, 1.0));
  s->Finish();
  const int column = s->num_columns() / 2;
  const int row = LoudestRow(*s, column);
  EXPECT_EQ(row, s->num_rows() / 4);
  EXPECT_NEAR(10 * std::log10(s->power(column, row)), 0.0, 0.1);
}

TEST(Spectrogram, PutsASoundWhereItIsInTime) {
  for (int num_samples : {16000, 1600000}) {
    std::vector<float> x(num_samples);
    x[num_samples / 4] = 1.0f;
    const auto s = *Spectrogram::Create({16000, 1});
    s->Push(x);
    s->Finish();
    int loudest = 0;
    for (int t = 0; t < s->num_columns(); ++t) {
      if (s->ColumnPower(t) > s->ColumnPower(loudest)) loudest = t;
    }
    const double seconds = (loudest + 0.5) * s->seconds_per_column();
    EXPECT_NEAR(seconds, s->duration_s() / 4, 1.5 * s->seconds_per_column());
  }
}

TEST(Spectrogram, StaysWithinItsColumnsAndKeepsTheMeanPower) {
  const auto s = *Spectrogram::Create({8000, 2});
  const std::vector<float> noise = WhiteNoise(2 * 80000, 1, 0.1f);
  double mean = 0;
  for (int i = 0; i < 60; ++i) s->Push(noise);
  s->Finish();
  EXPECT_GT(s->num_columns(), Spectrogram::kMaxColumns / 2 - 1);
  EXPECT_LE(s->num_columns(), Spectrogram::kMaxColumns);
  EXPECT_DOUBLE_EQ(s->duration_s(), 600.0);
  EXPECT_NEAR(s->num_columns() * s->seconds_per_column(), 600.0,
              2 * s->seconds_per_column());
  for (int t = 0; t < s->num_columns(); ++t) mean += s->ColumnPower(t);
  mean /= s->num_columns();
  // Of white noise, |X|^2 (2/sum w)^2 = sigma^2 sum(w^2) 4/sum(w)^2 in each of
  // N/2 rows, with sum(w^2)/sum(w)^2 = 1.5/N for Hann.
  EXPECT_NEAR(mean, 0.01 * 4 * 1.5 / 2, 0.001);
}

TEST(Spectrogram, TakesNoSampleAndOneSample) {
  for (int count : {0, 1}) {
    const auto s = *Spectrogram::Create({48000, 1});
    s->Push(std::vector<float>(count, 0.5f));
    s->Finish();
    EXPECT_EQ(s->num_columns(), count);
  }
}

}  // namespace
}  // namespace tacet
