// SPDX-License-Identifier: Apache-2.0
#include "daemon/pulse_listeners.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace tacet {
namespace {

constexpr uint32_t kMicrophone = 1, kTacet = 9, kStream = 5;
using Indices = std::vector<uint32_t>;

// One stream, on `source`; the microphone is there unless it is unplugged.
PulseView View(const std::string& default_source, uint32_t source,
               bool is_plugged = true) {
  PulseView view;
  view.default_source = default_source;
  view.sources = {{.index = kTacet, .name = "tacet", .is_tacet = true}};
  if (is_plugged) view.sources.push_back({.index = kMicrophone, .name = "mic"});
  view.outputs = {{.source = source, .index = kStream}};
  return view;
}

TEST(PulseListeners, ChosenOneComesBackWhenTheDefaultLedItAway) {
  PulseListeners listeners;
  EXPECT_EQ(listeners.Observe(View("mic", kTacet), kTacet), Indices());
  EXPECT_EQ(listeners.Observe(View("tacet", kTacet, false), kTacet), Indices());
  EXPECT_EQ(listeners.Observe(View("mic", kMicrophone), kTacet),
            Indices{kStream});
  EXPECT_EQ(listeners.Observe(View("mic", kTacet), kTacet), Indices());
  // And the next time.
  EXPECT_EQ(listeners.Observe(View("tacet", kTacet, false), kTacet), Indices());
  EXPECT_EQ(listeners.Observe(View("mic", kMicrophone), kTacet),
            Indices{kStream});
}

// The server was asked for its default before the change, for streams after.
TEST(PulseListeners, ViewThatIsHalfOldIsWaitedOut) {
  PulseListeners listeners;
  listeners.Observe(View("mic", kTacet), kTacet);
  listeners.Observe(View("tacet", kTacet, false), kTacet);
  EXPECT_EQ(listeners.Observe(View("tacet", kMicrophone), kTacet), Indices());
  EXPECT_EQ(listeners.Observe(View("mic", kMicrophone), kTacet),
            Indices{kStream});
}

TEST(PulseListeners, OneThatSomebodyMovedStaysThere) {
  for (const char* default_source : {"mic", "tacet"}) {
    PulseListeners listeners;
    listeners.Observe(View("mic", kTacet), kTacet);
    listeners.Observe(View(default_source, kTacet), kTacet);
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(listeners.Observe(View(default_source, kMicrophone), kTacet),
                Indices());
    }
    // Nor does a later change of the default concern it.
    EXPECT_EQ(listeners.Observe(View("tacet", kMicrophone), kTacet), Indices());
    EXPECT_EQ(listeners.Observe(View("mic", kMicrophone), kTacet), Indices());
  }
}

TEST(PulseListeners, OneThatFollowsTheDefaultFollowsIt) {
  PulseListeners listeners;
  listeners.Observe(View("mic", kMicrophone), kTacet);
  listeners.Observe(View("tacet", kTacet, false), kTacet);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(listeners.Observe(View("mic", kMicrophone), kTacet), Indices());
  }
}

TEST(PulseListeners, OneThatCannotBeMovedIsLeftAlone) {
  PulseListeners listeners;
  listeners.Observe(View("mic", kTacet), kTacet);
  listeners.Observe(View("tacet", kTacet, false), kTacet);
  int num_tries = 0;
  for (int i = 0; i < 10; ++i) {
    num_tries += static_cast<int>(
        listeners.Observe(View("mic", kMicrophone), kTacet).size());
  }
  EXPECT_EQ(num_tries, 2);
}

}  // namespace
}  // namespace tacet
