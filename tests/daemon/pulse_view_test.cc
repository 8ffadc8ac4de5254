// SPDX-License-Identifier: Apache-2.0
#include "daemon/pulse_view.h"

#include "gtest/gtest.h"

namespace tacet {
namespace {

PulseView Example() {
  PulseView view;
  view.default_source = "usb";
  view.sources = {
      {.index = 0, .name = "speaker.monitor", .is_monitor = true},
      {.index = 1, .name = "remap"},
      {.index = 3, .name = "usb", .description = "A headset",
       .is_hardware = true},
      {.index = 2, .name = "card", .is_hardware = true},
      {.index = 9, .name = "tacet_microphone", .is_tacet = true},
  };
  return view;
}

std::string Choice(const PulseView& view, std::string_view wanted,
                   std::string_view previous) {
  const PulseSource* source = ChoosePulseSource(view, wanted, previous);
  return source == nullptr ? "" : source->name;
}

TEST(PulseView, DefaultIsTheServers) {
  EXPECT_EQ(Choice(Example(), "default", "card"), "usb");
}

TEST(PulseView, DefaultStaysWhereItWasWhenWeBecomeTheDefault) {
  PulseView view = Example();
  for (const char* unfit :
       {"tacet_microphone", "speaker.monitor", "gone", ""}) {
    view.default_source = unfit;
    EXPECT_EQ(Choice(view, "default", "remap"), "remap") << unfit;
    EXPECT_EQ(Choice(view, "default", "tacet_microphone"), "card") << unfit;
  }
}

TEST(PulseView, NoMicrophoneIsNoChoice) {
  PulseView view = Example();
  view.sources = {view.sources[0], view.sources[4]};
  EXPECT_EQ(Choice(view, "default", "usb"), "");
}

TEST(PulseView, NameOrDescriptionMayBeAMonitorButNeverOurs) {
  EXPECT_EQ(Choice(Example(), "speaker.monitor", ""), "speaker.monitor");
  EXPECT_EQ(Choice(Example(), "A headset", ""), "usb");
  EXPECT_EQ(Choice(Example(), "tacet_microphone", "usb"), "");
  EXPECT_EQ(Choice(Example(), "absent", "usb"), "");
}

TEST(PulseView, PausedStreamsAreNoListeners) {
  PulseView view = Example();
  view.outputs = {{9, false}, {9, true}, {3, false}, {9, false}};
  EXPECT_EQ(CountPulseListeners(view, 9), 2);
  EXPECT_EQ(CountPulseListeners(view, 1), 0);
}

}  // namespace
}  // namespace tacet
