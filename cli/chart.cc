// SPDX-License-Identifier: Apache-2.0
#include "cli/chart.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "cli/colour_map.h"

namespace tacet {
namespace {

constexpr double kTickLength = 6;
constexpr double kTickText = 15;
constexpr double kLabelText = 16;
constexpr double kEpsilon = 1e-9;

void SetGrey(cairo_t* cairo, double level) {
  cairo_set_source_rgb(cairo, level, level, level);
}

void Line(cairo_t* cairo, double x0, double y0, double x1, double y1) {
  cairo_move_to(cairo, x0, y0);
  cairo_line_to(cairo, x1, y1);
  cairo_stroke(cairo);
}

std::string Number(double value, double step) {
  const int decimals =
      std::max(0, static_cast<int>(std::ceil(-std::log10(step) - kEpsilon)));
  // Not "-0".
  return absl::StrFormat("%.*f", decimals, value + 0.0);
}

// Calls draw(value, text) for each tick of the axis.
template <typename Draw>
void ForEachTick(const Axis& axis, int num_steps, const Draw& draw) {
  const double step = TickStep(axis.high - axis.low, num_steps);
  const int first = static_cast<int>(std::ceil(axis.low / step - kEpsilon));
  const int last = static_cast<int>(std::floor(axis.high / step + kEpsilon));
  for (int i = first; i <= last; ++i) {
    draw(i * step, Number(i * step, step));
  }
}

void DrawVerticalLabel(cairo_t* cairo, const std::string& text, double x,
                       double y) {
  cairo_save(cairo);
  cairo_translate(cairo, x, y);
  cairo_rotate(cairo, -M_PI / 2);
  DrawText(cairo, text, 0, 0, kLabelText, Anchor::kCentre);
  cairo_restore(cairo);
}

}  // namespace

double TickStep(double span, int num_steps) {
  if (!(span > 0)) return 1;
  const double raw = span / num_steps;
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  for (double factor : {1.0, 2.0, 5.0}) {
    if (raw <= factor * power * (1 + kEpsilon)) return factor * power;
  }
  return 10 * power;
}

void DrawText(cairo_t* cairo, const std::string& text, double x, double y,
              double size, Anchor anchor, bool bold) {
  cairo_select_font_face(
      cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
      bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(cairo, size);
  cairo_text_extents_t extents;
  cairo_text_extents(cairo, text.c_str(), &extents);
  const double shift = anchor == Anchor::kLeft     ? 0
                       : anchor == Anchor::kCentre ? extents.x_advance / 2
                                                   : extents.x_advance;
  cairo_move_to(cairo, x - shift, y);
  cairo_show_text(cairo, text.c_str());
}

void DrawAxes(cairo_t* cairo, const Box& box, const Axis& x, const Axis& y,
              bool with_x, bool with_grid) {
  const double bottom = box.y + box.height;
  cairo_set_line_width(cairo, 1);
  const int y_steps = std::max(3, static_cast<int>(box.height / 40));
  ForEachTick(y, y_steps, [&](double value, const std::string& text) {
    const double py = bottom - (value - y.low) / (y.high - y.low) * box.height;
    if (with_grid) {
      SetGrey(cairo, 0.87);
      Line(cairo, box.x, py, box.x + box.width, py);
    }
    SetGrey(cairo, 0.15);
    Line(cairo, box.x - kTickLength, py, box.x, py);
    DrawText(cairo, text, box.x - kTickLength - 4, py + kTickText * 0.35,
             kTickText, Anchor::kRight);
  });
  const int x_steps = std::max(4, static_cast<int>(box.width / 110));
  ForEachTick(x, x_steps, [&](double value, const std::string& text) {
    const double px = box.x + (value - x.low) / (x.high - x.low) * box.width;
    if (with_grid) {
      SetGrey(cairo, 0.87);
      Line(cairo, px, box.y, px, bottom);
    }
    SetGrey(cairo, 0.15);
    Line(cairo, px, bottom, px, bottom + kTickLength);
    if (!with_x) return;
    DrawText(cairo, text, px, bottom + kTickLength + kTickText, kTickText,
             Anchor::kCentre);
  });
  SetGrey(cairo, 0.15);
  cairo_rectangle(cairo, box.x, box.y, box.width, box.height);
  cairo_stroke(cairo);
  DrawVerticalLabel(cairo, y.label, box.x - 62, box.y + box.height / 2);
  if (with_x) {
    DrawText(cairo, x.label, box.x + box.width / 2, bottom + 45, kLabelText,
             Anchor::kCentre);
  }
}

void DrawColourScale(cairo_t* cairo, const Box& box, const Axis& axis) {
  const double bottom = box.y + box.height;
  const int num_rows = static_cast<int>(std::ceil(box.height));
  for (int row = 0; row < num_rows; ++row) {
    const uint32_t colour = ColourOf(row / (box.height - 1));
    cairo_set_source_rgb(cairo, (colour >> 16) / 255.0,
                         (colour >> 8 & 255) / 255.0, (colour & 255) / 255.0);
    cairo_rectangle(cairo, box.x, bottom - row - 1, box.width, 1.5);
    cairo_fill(cairo);
  }
  SetGrey(cairo, 0.15);
  cairo_set_line_width(cairo, 1);
  cairo_rectangle(cairo, box.x, box.y, box.width, box.height);
  cairo_stroke(cairo);
  ForEachTick(axis, 6, [&](double value, const std::string& text) {
    const double py =
        bottom - (value - axis.low) / (axis.high - axis.low) * box.height;
    Line(cairo, box.x + box.width, py, box.x + box.width + kTickLength, py);
    DrawText(cairo, text, box.x + box.width + kTickLength + 4,
             py + kTickText * 0.35, kTickText, Anchor::kLeft);
  });
  DrawVerticalLabel(cairo, axis.label, box.x + box.width + 62,
                    box.y + box.height / 2);
}

}  // namespace tacet
