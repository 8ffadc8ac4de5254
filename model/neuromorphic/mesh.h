// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_NEUROMORPHIC_MESH_H_
#define TACET_MODEL_NEUROMORPHIC_MESH_H_

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dsp/realtime.h"

namespace tacet {

struct Router {
  int column = 0, row = 0;

  friend bool operator==(const Router&, const Router&) = default;
};

// Where features come from and outputs go to: the router in the corner.
inline constexpr Router kPort = {0, 0};

// The links between the routers of a two-dimensional mesh, one each way, and
// dimension-order routing: along the row first, then along the column.
class Mesh {
 public:
  enum Direction { kEast, kWest, kNorth, kSouth };
  static constexpr int kNumDirections = 4;

  Mesh(int num_columns, int num_rows)
      : num_columns_(num_columns), num_rows_(num_rows) {}

  // Leaving a router that way; those over the edge are never used.
  size_t Link(Router router, Direction direction) const noexcept {
    const int number = router.row * num_columns_ + router.column;
    return static_cast<size_t>(number) * kNumDirections +
           static_cast<size_t>(direction);
  }
  size_t num_links() const {
    return static_cast<size_t>(num_columns_) * num_rows_ * kNumDirections;
  }
  static bool IsVertical(size_t link) {
    return link % kNumDirections >= kNorth;
  }

  // Adds messages to the load of each link between two routers; none where
  // they are the same.  load  [num_links()]. Realtime-safe: yes.
  void Send(Router from, Router to, uint32_t num_messages,
            std::span<uint32_t> load) const noexcept TACET_REALTIME {
    assert(load.size() == num_links());
    Router at = from;
    while (at.column != to.column) {
      const bool is_east = to.column > at.column;
      load[Link(at, is_east ? kEast : kWest)] += num_messages;
      at.column += is_east ? 1 : -1;
    }
    while (at.row != to.row) {
      const bool is_south = to.row > at.row;
      load[Link(at, is_south ? kSouth : kNorth)] += num_messages;
      at.row += is_south ? 1 : -1;
    }
  }

 private:
  int num_columns_, num_rows_;
};

}  // namespace tacet

#endif  // TACET_MODEL_NEUROMORPHIC_MESH_H_
