// SPDX-License-Identifier: Apache-2.0
//
// The plain drawing behind a picture: a frame with ticks and labels on Cairo.
#ifndef TACET_CLI_CHART_H_
#define TACET_CLI_CHART_H_

#include <cairo.h>

#include <string>

namespace tacet {

// A rectangle of the surface, in pixels.
struct Box {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

// Values at the two ends of an axis and what they are called.
struct Axis {
  double low = 0;
  double high = 1;
  std::string label;
};

enum class Anchor { kLeft, kCentre, kRight };

// Largest step of 1, 2 or 5 times a power of ten that still gives about
// `num_steps` steps over `span`.
double TickStep(double span, int num_steps);

// Text with its baseline at y.
void DrawText(cairo_t* cairo, const std::string& text, double x, double y,
              double size, Anchor anchor, bool bold = false);

// Frame, ticks and numbers at the left and, if `with_x`, below; with light grid
// lines inside if `with_grid`.
void DrawAxes(cairo_t* cairo, const Box& box, const Axis& x, const Axis& y,
              bool with_x, bool with_grid);

// Vertical scale of colours at the right of a chart, numbered by `axis`.
void DrawColourScale(cairo_t* cairo, const Box& box, const Axis& axis);

}  // namespace tacet

#endif  // TACET_CLI_CHART_H_
