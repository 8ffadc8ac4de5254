// SPDX-License-Identifier: Apache-2.0
#include <cairo.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/bench_report.h"
#include "cli/chart.h"

namespace tacet {
namespace {

constexpr int kWidth = 1000;
constexpr int kHeight = 640;
constexpr Box kStages = {180, 70, 740, 160};
constexpr Box kHistogram = {100, 320, 820, 250};
constexpr int kNumBars = 82;
// The axis ends there, or at so many medians: rarer times, which other
// programs cause, would leave the rest no room.
constexpr double kLastQuantile = 0.995;
constexpr double kMostMedians = 2;

struct CairoDeleter {
  void operator()(cairo_surface_t* surface) { cairo_surface_destroy(surface); }
  void operator()(cairo_t* cairo) { cairo_destroy(cairo); }
};
using Surface = std::unique_ptr<cairo_surface_t, CairoDeleter>;
using Context = std::unique_ptr<cairo_t, CairoDeleter>;

double Us(double ns) { return 1e-3 * ns; }

void FillBar(cairo_t* cairo, double x, double y, double width, double height) {
  cairo_set_source_rgb(cairo, 0.27, 0.45, 0.70);
  cairo_rectangle(cairo, x, y, width, height);
  cairo_fill(cairo);
}

// A bar as long as each stage's median; the last, the whole hop, is the scale.
void DrawStages(cairo_t* cairo, const std::vector<BenchStage>& stages) {
  const double whole =
      std::max<double>(1, static_cast<double>(stages.back().QuantileNs(0.5)));
  const double row = kStages.height / static_cast<double>(stages.size());
  for (size_t i = 0; i < stages.size(); ++i) {
    const auto median = static_cast<double>(stages[i].QuantileNs(0.5));
    const double y = kStages.y + row * static_cast<double>(i);
    const double width = 0.85 * kStages.width * std::min(1.0, median / whole);
    cairo_set_source_rgb(cairo, 0.15, 0.15, 0.15);
    DrawText(cairo, stages[i].name, kStages.x - 10, y + 0.6 * row, 16,
             Anchor::kRight);
    FillBar(cairo, kStages.x, y + 0.15 * row, width, 0.7 * row);
    cairo_set_source_rgb(cairo, 0.15, 0.15, 0.15);
    DrawText(cairo, absl::StrFormat("%.2f us", Us(median)),
             kStages.x + width + 8, y + 0.6 * row, 15, Anchor::kLeft);
  }
}

void DrawHistogram(cairo_t* cairo, const BenchStage& hop) {
  const double low = Us(static_cast<double>(hop.QuantileNs(0)));
  const double last =
      std::min(static_cast<double>(hop.QuantileNs(kLastQuantile)),
               kMostMedians * static_cast<double>(hop.QuantileNs(0.5)));
  const double high = std::max(1.01 * low + 1e-3, Us(last));
  std::array<double, kNumBars> share{};
  for (const int64_t ns : hop.sorted_ns) {
    const double at = (Us(static_cast<double>(ns)) - low) / (high - low);
    if (at > 1) break;
    share[static_cast<size_t>(std::min(at * kNumBars, kNumBars - 1.0))] +=
        100.0 / static_cast<double>(hop.sorted_ns.size());
  }
  const double top = 1.05 * *std::ranges::max_element(share);
  DrawAxes(cairo, kHistogram,
           {low, high, "time of a hop / us (the slowest lie beyond)"},
           {0, top, "share / %"}, true, true);
  const double width = kHistogram.width / kNumBars;
  for (int i = 0; i < kNumBars; ++i) {
    const double height = kHistogram.height * share[i] / top;
    FillBar(cairo, kHistogram.x + width * i,
            kHistogram.y + kHistogram.height - height, width - 1, height);
  }
}

}  // namespace

absl::Status WriteBenchPlot(const std::string& path,
                            const BenchResult& result) {
  const Surface surface(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, kWidth, kHeight));
  const Context context(cairo_create(surface.get()));
  cairo_t* cairo = context.get();
  cairo_set_source_rgb(cairo, 1, 1, 1);
  cairo_paint(cairo);
  cairo_set_source_rgb(cairo, 0, 0, 0);
  DrawText(cairo,
           absl::StrCat(result.model_name, ", ",
                        BackendName(result.settings.backend), " (",
                        result.kernels, "), ", result.settings.rate_hz, " Hz, ",
                        result.cpu, ": medians"),
           kWidth / 2.0, 40, 18, Anchor::kCentre, true);
  DrawStages(cairo, result.stages);
  DrawHistogram(cairo, result.stages.back());
  cairo_status_t status = cairo_status(cairo);
  if (status == CAIRO_STATUS_SUCCESS) {
    status = cairo_surface_write_to_png(surface.get(), path.c_str());
  }
  if (status == CAIRO_STATUS_SUCCESS) return absl::OkStatus();
  return absl::UnknownError(absl::StrCat(
      path, ": cannot draw the plot: ", cairo_status_to_string(status)));
}

}  // namespace tacet
