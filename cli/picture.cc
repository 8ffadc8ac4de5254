// SPDX-License-Identifier: Apache-2.0
#include "cli/picture.h"

#include <cairo.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/chart.h"
#include "cli/colour_map.h"
#include "cli/png.h"

namespace tacet {
namespace {

constexpr int kWidth = 1600;
constexpr int kHeight = 1180;
constexpr double kLeft = 100;
constexpr double kPlotWidth = 1370;
constexpr double kScaleX = kLeft + kPlotWidth + 20;
constexpr Box kBefore = {kLeft, 95, kPlotWidth, 350};
constexpr Box kAfter = {kLeft, 495, kPlotWidth, 350};
constexpr Box kGain = {kLeft, 900, kPlotWidth, 205};

// Decibels from the lightest to the darkest colour.
constexpr double kRangeDb = 80;
constexpr double kLeastDb = -200;  // of no power at all
// Below this level there is no signal whose gain would mean anything.
constexpr double kSilence = 1e-12;
constexpr double kMinutesFrom = 600;  // seconds; longer files count minutes

double Db(double power) {
  return power > 0 ? std::max(10 * std::log10(power), kLeastDb) : kLeastDb;
}

struct CairoDeleter {
  void operator()(cairo_surface_t* surface) { cairo_surface_destroy(surface); }
  void operator()(cairo_t* cairo) { cairo_destroy(cairo); }
};
using Surface = std::unique_ptr<cairo_surface_t, CairoDeleter>;
using Context = std::unique_ptr<cairo_t, CairoDeleter>;

Axis TimeAxis(const Spectrogram& s) {
  if (s.duration_s() >= kMinutesFrom) {
    return {0, s.duration_s() / 60, "time / min"};
  }
  // A file of no length still gets an axis.
  return {0, std::max(s.duration_s(), 1e-3), "time / s"};
}

// Top of the colour scale: the loudest spot before, rounded up to 10 dB.
double TopDb(const Spectrogram& s) {
  float loudest = 0;
  for (int t = 0; t < s.num_columns(); ++t) {
    for (int row = 0; row < s.num_rows(); ++row) {
      loudest = std::max(loudest, s.power(t, row));
    }
  }
  if (loudest <= kSilence) return 0;
  return 10 * std::ceil(Db(loudest) / 10);
}

// Mean of the columns that a pixel covers.
double MeanPower(const Spectrogram& s, double begin, double end, int row) {
  const int last = s.num_columns() - 1;
  const int from = std::clamp(static_cast<int>(begin), 0, last);
  const int to = std::clamp(static_cast<int>(std::ceil(end)) - 1, from, last);
  double sum = 0;
  for (int t = from; t <= to; ++t) sum += s.power(t, row);
  return sum / (to - from + 1);
}

void DrawSpectrogram(cairo_t* cairo, const Box& box, const Spectrogram& s,
                     double top_db) {
  const int width = static_cast<int>(box.width);
  const int height = static_cast<int>(box.height);
  Surface image(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height));
  unsigned char* data = cairo_image_surface_get_data(image.get());
  if (data == nullptr) return;  // the error stays in the context
  const int stride = cairo_image_surface_get_stride(image.get());
  cairo_surface_flush(image.get());
  const double columns = s.duration_s() / s.seconds_per_column();
  for (int py = 0; py < height; ++py) {
    auto* line = reinterpret_cast<uint32_t*>(data + py * stride);
    const int row = (height - 1 - py) * s.num_rows() / height;
    for (int px = 0; px < width; ++px) {
      const double power = s.num_columns() == 0
                               ? 0
                               : MeanPower(s, columns * px / width,
                                           columns * (px + 1) / width, row);
      line[px] = ColourOf(1 + (Db(power) - top_db) / kRangeDb);
    }
  }
  cairo_surface_mark_dirty(image.get());
  cairo_set_source_surface(cairo, image.get(), box.x, box.y);
  cairo_paint(cairo);
}

Axis GainAxis(const std::vector<double>& gain) {
  double low = -30;
  double high = 5;
  for (double db : gain) {
    if (std::isnan(db)) continue;
    low = std::min(low, 10 * std::floor(db / 10));
    high = std::max(high, 5 * std::ceil(db / 5));
  }
  return {std::max(low, -60.0), std::min(high, 30.0), "gain / dB"};
}

void DrawGain(cairo_t* cairo, const Box& box, const std::vector<double>& gain,
              const Axis& axis, double columns) {
  cairo_save(cairo);
  cairo_rectangle(cairo, box.x, box.y, box.width, box.height);
  cairo_clip(cairo);
  cairo_set_source_rgb(cairo, 0.73, 0.21, 0.33);
  cairo_set_line_width(cairo, 1.8);
  cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
  bool is_drawing = false;
  for (size_t t = 0; t < gain.size(); ++t) {
    if (std::isnan(gain[t])) {
      is_drawing = false;
      continue;
    }
    const double x =
        box.x + (static_cast<double>(t) + 0.5) / columns * box.width;
    const double y =
        box.y + (axis.high - gain[t]) / (axis.high - axis.low) * box.height;
    is_drawing ? cairo_line_to(cairo, x, y) : cairo_move_to(cairo, x, y);
    is_drawing = true;
  }
  cairo_stroke(cairo);
  cairo_restore(cairo);
}

void DrawAll(cairo_t* cairo, const Spectrogram& before,
             const Spectrogram& after, const std::string& title) {
  cairo_set_source_rgb(cairo, 1, 1, 1);
  cairo_paint(cairo);
  const Axis time = TimeAxis(before);
  const Axis frequency = {0, before.shape().sample_rate_hz / 2000.0,
                          "frequency / kHz"};
  const double top_db = TopDb(before);
  const Axis level = {top_db - kRangeDb, top_db, "level / dB full scale"};
  DrawSpectrogram(cairo, kBefore, before, top_db);
  DrawSpectrogram(cairo, kAfter, after, top_db);
  cairo_set_source_rgb(cairo, 0.1, 0.1, 0.1);
  DrawText(cairo, title, kLeft, 48, 26, Anchor::kLeft, true);
  DrawText(cairo, "before", kLeft, kBefore.y - 10, 19, Anchor::kLeft);
  DrawText(cairo, "after", kLeft, kAfter.y - 10, 19, Anchor::kLeft);
  DrawText(cairo, "gain over time", kLeft, kGain.y - 10, 19, Anchor::kLeft);
  for (const Box& box : {kBefore, kAfter}) {
    DrawAxes(cairo, box, time, frequency, false, false);
    DrawColourScale(cairo, {kScaleX, box.y, 18, box.height}, level);
  }
  const std::vector<double> gain = GainDb(before, after);
  const Axis gain_axis = GainAxis(gain);
  DrawAxes(cairo, kGain, time, gain_axis, true, true);
  DrawGain(cairo, kGain, gain, gain_axis,
           std::max(before.duration_s() / before.seconds_per_column(), 1.0));
}

}  // namespace

std::vector<double> GainDb(const Spectrogram& before,
                           const Spectrogram& after) {
  std::vector<double> gain;
  for (int t = 0; t < std::min(before.num_columns(), after.num_columns());
       ++t) {
    const double in = before.ColumnPower(t);
    gain.push_back(in > kSilence ? Db(after.ColumnPower(t) / in) : NAN);
  }
  return gain;
}

absl::Status DrawPicture(const Spectrogram& before, const Spectrogram& after,
                         const std::string& title,
                         std::unique_ptr<OutputFile> file) {
  Surface surface(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, kWidth, kHeight));
  Context cairo(cairo_create(surface.get()));
  DrawAll(cairo.get(), before, after, title);
  return SavePng(cairo.get(), std::move(file));
}

}  // namespace tacet
