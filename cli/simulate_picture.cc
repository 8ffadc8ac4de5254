// SPDX-License-Identifier: Apache-2.0
#include "cli/simulate_picture.h"

#include <cairo.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/chart.h"
#include "cli/colour_map.h"
#include "cli/png.h"

namespace tacet {
namespace {

constexpr double kTile = 150;   // pixels of a router with its cores
constexpr double kCores = 100;  // pixels of the cores in it
constexpr double kLeft = 40;
constexpr double kTop = 110;
constexpr double kScaleRoom = 130;
constexpr double kMostLink = 14;  // pixels of the widest link

struct CairoDeleter {
  void operator()(cairo_surface_t* surface) { cairo_surface_destroy(surface); }
  void operator()(cairo_t* cairo) { cairo_destroy(cairo); }
};

void SetColour(cairo_t* cairo, uint32_t rgb) {
  cairo_set_source_rgb(cairo, ((rgb >> 16) & 255) / 255.0,
                       ((rgb >> 8) & 255) / 255.0, (rgb & 255) / 255.0);
}

// Enough of a group's name for a small square.
std::string ShortName(const NeuronGroup& group) {
  if (group.kind == GroupKind::kAffine) return group.name.substr(0, 3);
  return absl::StrCat(group.layer, group.kind == GroupKind::kState ? "s"
                                   : group.kind == GroupKind::kY   ? "y"
                                                                   : "g");
}

class ChipPicture {
 public:
  ChipPicture(cairo_t* cairo, const Simulation& run)
      : cairo_(cairo), run_(run), network_(run.meter->network()) {}

  void Draw() {
    cairo_set_source_rgb(cairo_, 1, 1, 1);
    cairo_paint(cairo_);
    DrawTitle();
    DrawLinks();
    DrawUnused();
    const double most = MostBusy();
    for (int c = 0; c < network_.mapping.num_cores(); ++c) DrawCore(c, most);
    DrawColourScale(cairo_,
                    {kLeft + kTile * network_.chip.columns() + 10, kTop, 18,
                     kTile * network_.chip.rows() - 30},
                    {0, 1e-3 * most, "work of a core for a token / us"});
  }

 private:
  double MeanBusy(int core) const {
    return run_.meter->cores()[core].busy_ns /
           static_cast<double>(run_.meter->num_tokens());
  }

  double MostBusy() const {
    double most = 1e-9;
    for (int c = 0; c < network_.mapping.num_cores(); ++c) {
      most = std::max(most, MeanBusy(c));
    }
    return most;
  }

  void DrawTitle() {
    cairo_set_source_rgb(cairo_, 0, 0, 0);
    DrawText(cairo_,
             absl::StrFormat("%s on %s, %s: an estimate",
                             run_.model->metadata().name, network_.chip.name,
                             ExecutionModeName(run_.meter->mode())),
             kLeft, 40, 24, Anchor::kLeft, true);
    DrawText(cairo_,
             "enc, dec: encoder, decoder; 0s 0y 0g: states, y and gate of "
             "layer 0; lines: messages between routers, widest "
             "busiest",
             kLeft, 72, 16, Anchor::kLeft);
  }

  // Both directions of a link, side by side.
  void DrawLinks() {
    const std::vector<uint64_t>& links = run_.meter->links();
    const double most =
        std::max(1.0, static_cast<double>(*std::ranges::max_element(links)));
    const Mesh mesh(network_.chip.columns(), network_.chip.rows());
    const auto draw = [&](Router at, Mesh::Direction direction, double dx,
                          double dy, double shift) {
      const double load =
          static_cast<double>(links[mesh.Link(at, direction)]) / most;
      if (load <= 0) return;
      const double x = kLeft + kTile * at.column + kCores / 2;
      const double y = kTop + kTile * at.row + kCores / 2;
      cairo_set_line_width(cairo_, std::max(1.0, kMostLink * load));
      cairo_move_to(cairo_, x + (dx == 0 ? shift : 0),
                    y + (dy == 0 ? shift : 0));
      cairo_rel_line_to(cairo_, dx, dy);
      cairo_stroke(cairo_);
    };
    cairo_set_source_rgb(cairo_, 0.45, 0.55, 0.7);
    for (int row = 0; row < network_.chip.rows(); ++row) {
      for (int column = 0; column < network_.chip.columns(); ++column) {
        const Router at = {column, row};
        const double aside = kMostLink;
        draw(at, Mesh::kEast, kTile, 0, -aside);
        draw(at, Mesh::kWest, -kTile, 0, aside);
        draw(at, Mesh::kSouth, 0, kTile, -aside);
        draw(at, Mesh::kNorth, 0, -kTile, aside);
      }
    }
  }

  int PerRouter() const {
    return static_cast<int>(network_.chip.cores_per_router.value());
  }

  // The square of a router's nth core.
  Box CoreBox(int column, int row, int place) const {
    const int side = static_cast<int>(std::ceil(std::sqrt(PerRouter())));
    const double size = kCores / side;
    const int across = place % side, down = place / side;
    return {kLeft + kTile * column + size * across,
            kTop + kTile * row + size * down, size - 3, size - 3};
  }

  void DrawUnused() {
    cairo_set_line_width(cairo_, 1);
    cairo_set_source_rgb(cairo_, 0.8, 0.8, 0.8);
    for (int row = 0; row < network_.chip.rows(); ++row) {
      for (int column = 0; column < network_.chip.columns(); ++column) {
        for (int place = 0; place < PerRouter(); ++place) {
          const Box box = CoreBox(column, row, place);
          cairo_rectangle(cairo_, box.x, box.y, box.width, box.height);
        }
      }
    }
    cairo_stroke(cairo_);
  }

  void DrawCore(int index, double most) {
    const MappedCore& core = network_.mapping.cores[index];
    const Box box = CoreBox(core.column, core.row, index % PerRouter());
    const double share = MeanBusy(index) / most;
    cairo_rectangle(cairo_, box.x, box.y, box.width, box.height);
    SetColour(cairo_, ColourOf(share));
    cairo_fill(cairo_);
    SetColour(cairo_, share > 0.6 ? 0x000000 : 0xffffff);
    DrawText(cairo_, ShortName(network_.graph.groups[core.group]),
             box.x + box.width / 2, box.y + box.height / 2 + 4, box.width / 3.2,
             Anchor::kCentre);
  }

  cairo_t* cairo_;
  const Simulation& run_;
  const MappedNetwork& network_;
};

}  // namespace

absl::Status DrawChip(const Simulation& run, std::unique_ptr<OutputFile> file) {
  const Chip& chip = run.meter->network().chip;
  const std::unique_ptr<cairo_surface_t, CairoDeleter> surface(
      cairo_image_surface_create(
          CAIRO_FORMAT_RGB24,
          static_cast<int>(kLeft + kTile * chip.columns() + kScaleRoom),
          static_cast<int>(kTop + kTile * chip.rows())));
  const std::unique_ptr<cairo_t, CairoDeleter> cairo(
      cairo_create(surface.get()));
  ChipPicture(cairo.get(), run).Draw();
  return SavePng(cairo.get(), std::move(file));
}

}  // namespace tacet
