// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipewire_graph.h"

#include <gtest/gtest.h>

#include <string>

namespace tacet {
namespace {

class PipewireGraphTest : public testing::Test {
 protected:
  // A node with one output port (two: of a sink, its monitor); its id.
  uint32_t AddNode(const std::string& name, const std::string& media_class,
                   int priority = 0, int client = 1) {
    const uint32_t id = next_id_++;
    graph_.Add(id, "PipeWire:Interface:Node",
               {{"node.name", name},
                {"media.class", media_class},
                {"client.id", std::to_string(client)},
                {"object.serial", std::to_string(id)},
                {"priority.session", std::to_string(priority)}});
    return id;
  }
  void AddClient(uint32_t id) {
    graph_.Add(id, "PipeWire:Interface:Client",
               {{"object.serial", std::to_string(next_id_++)}});
  }
  uint32_t AddPort(uint32_t node, int index, bool output = true,
                   bool monitor = false) {
    const uint32_t id = next_id_++;
    graph_.Add(id, "PipeWire:Interface:Port",
               {{"node.id", std::to_string(node)},
                {"port.id", std::to_string(index)},
                {"port.direction", output ? "out" : "in"},
                {"port.monitor", monitor ? "true" : "false"}});
    return id;
  }
  uint32_t AddSource(const std::string& name, int priority = 0) {
    const uint32_t id = AddNode(name, "Audio/Source", priority);
    AddPort(id, 0);
    return id;
  }
  uint32_t AddLink(uint32_t from, uint32_t to) {
    const uint32_t id = next_id_++;
    graph_.Add(id, "PipeWire:Interface:Link",
               {{"link.output.node", std::to_string(from)},
                {"link.output.port", std::to_string(from + 1)},
                {"link.input.node", std::to_string(to)},
                {"link.input.port", std::to_string(to + 1)}});
    return id;
  }
  std::string Pick(const std::string& wanted, const std::string& former = "") {
    const auto target = graph_.PickTarget(wanted, former);
    return target ? target->name : "";
  }

  PipewireGraph graph_;
  uint32_t next_id_ = 30;
};

TEST_F(PipewireGraphTest, PicksTheDefaultThenTheFormerThenTheHighest) {
  AddSource("usb", 10);
  const uint32_t webcam = AddSource("webcam", 20);
  const uint32_t jack = AddSource("jack", 5);
  EXPECT_EQ(Pick("default"), "webcam");
  EXPECT_EQ(Pick("default", "usb"), "usb");
  graph_.SetDefaultSource("jack");
  EXPECT_EQ(Pick("default", "usb"), "jack");
  graph_.Remove(jack);
  EXPECT_EQ(Pick("default", "usb"), "usb");
  EXPECT_EQ(Pick("default"), "webcam");
  graph_.Remove(webcam);
  EXPECT_EQ(Pick("default"), "usb");
}

TEST_F(PipewireGraphTest, OfEqualSourcesTheLatestWins) {
  AddSource("old", 10);
  AddSource("new", 10);
  EXPECT_EQ(Pick("default"), "new");
}

TEST_F(PipewireGraphTest, NeverPicksATacetNodeEvenAsDefaultOrByName) {
  AddSource("usb", 10);
  AddSource(kPipewireSourceName, 2000);
  graph_.SetDefaultSource(kPipewireSourceName);
  EXPECT_EQ(Pick("default"), "usb");
  EXPECT_EQ(Pick(kPipewireSourceName), "usb");
  EXPECT_FALSE(graph_.UsableDefault().has_value());
}

TEST_F(PipewireGraphTest, PicksAMonitorOnlyByName) {
  const uint32_t sink = AddNode("speaker", "Audio/Sink", 2000);
  AddPort(sink, 0, /*output=*/false);
  const uint32_t left = AddPort(sink, 0, true, /*monitor=*/true);
  const uint32_t right = AddPort(sink, 1, true, /*monitor=*/true);
  graph_.SetDefaultSource("speaker");
  EXPECT_EQ(Pick("default"), "");
  EXPECT_FALSE(graph_.UsableDefault().has_value());
  EXPECT_EQ(Pick("speaker"), "speaker.monitor");
  EXPECT_EQ(Pick("speaker.monitor"), "speaker.monitor");
  EXPECT_EQ(graph_.PickTarget("speaker", "")->port_ids,
            (std::vector<uint32_t>{left, right}));
}

TEST_F(PipewireGraphTest, AVirtualSourceIsOneThoughItsPortsAreMonitors) {
  const uint32_t node = AddNode("null", "Audio/Source/Virtual");
  AddPort(node, 0, true, /*monitor=*/true);
  EXPECT_EQ(Pick("default"), "null");
}

TEST_F(PipewireGraphTest, ANamedSourceWinsWhileItIsThere) {
  AddSource("usb", 10);
  const uint32_t headset = AddSource("headset", 1);
  graph_.SetDefaultSource("usb");
  EXPECT_EQ(Pick("headset"), "headset");
  graph_.Remove(headset);
  EXPECT_EQ(Pick("headset"), "usb");
}

TEST_F(PipewireGraphTest, ASourceWithoutPortsIsNotThereYet) {
  const uint32_t usb = AddNode("usb", "Audio/Source", 10);
  EXPECT_EQ(Pick("usb"), "");
  AddPort(usb, 0);
  EXPECT_EQ(Pick("usb"), "usb");
}

TEST_F(PipewireGraphTest, PortsComeInTheOrderOfTheirChannels) {
  const uint32_t usb = AddNode("usb", "Audio/Source");
  const uint32_t second = AddPort(usb, 1);
  const uint32_t first = AddPort(usb, 0);
  AddPort(usb, 0, /*output=*/false);
  EXPECT_EQ(graph_.PickTarget("usb", "")->port_ids,
            (std::vector<uint32_t>{first, second}));
}

TEST_F(PipewireGraphTest, NeverClosesALoopThroughAnEffectsProgram) {
  AddSource("usb", 10);
  const uint32_t tacet = AddSource(kPipewireSourceName);
  AddClient(7);
  const uint32_t in = AddNode("fx.in", "Stream/Input/Audio", 0, /*client=*/7);
  AddNode("fx.out", "Stream/Output/Audio", 0, /*client=*/7);
  const uint32_t fx_source = AddNode("fx.source", "Audio/Source", 99, 7);
  AddPort(fx_source, 0);
  graph_.SetDefaultSource("fx.source");
  EXPECT_EQ(Pick("default"), "fx.source");
  const uint32_t link = AddLink(tacet, in);
  EXPECT_EQ(Pick("default"), "usb");
  graph_.Remove(link);
  EXPECT_EQ(Pick("default"), "fx.source");
}

// What is left of a program may bear the number of the one that records Tacet.
TEST_F(PipewireGraphTest, ANodeOlderThanTheRecordingProgramIsNotItsOwn) {
  const uint32_t left = AddNode("left", "Audio/Source", 9, /*client=*/7);
  AddPort(left, 0);
  const uint32_t tacet = AddSource(kPipewireSourceName);
  AddClient(7);
  AddLink(tacet, AddNode("recorder", "Stream/Input/Audio", 0, /*client=*/7));
  EXPECT_EQ(Pick("default"), "left");
}

// The session manager owns sinks and sources alike; that is no path.
TEST_F(PipewireGraphTest, ASinkThatPlaysTacetDoesNotBarTheMicrophone) {
  AddSource("usb", 10);
  const uint32_t tacet = AddSource(kPipewireSourceName);
  AddClient(1);
  const uint32_t speaker = AddNode("speaker", "Audio/Sink");
  AddSource("webcam", 20);
  AddLink(tacet, speaker);
  EXPECT_EQ(Pick("default"), "webcam");
}

TEST_F(PipewireGraphTest, CountsEachListenerOnce) {
  const uint32_t tacet = AddSource(kPipewireSourceName);
  EXPECT_EQ(graph_.NumListeners(tacet), 0);
  AddLink(tacet, 90);
  AddLink(tacet, 90);
  const uint32_t last = AddLink(tacet, 91);
  EXPECT_EQ(graph_.NumListeners(tacet), 2);
  graph_.Remove(last);
  EXPECT_EQ(graph_.NumListeners(tacet), 1);
}

TEST_F(PipewireGraphTest, ListsSourcesAndMonitorsWithoutTacets) {
  AddSource("usb");
  AddSource(kPipewireSourceName);
  const uint32_t sink = AddNode("speaker", "Audio/Sink");
  AddPort(sink, 0, true, /*monitor=*/true);
  AddPort(sink, 1, true, /*monitor=*/true);
  graph_.SetDefaultSource("usb");
  const std::vector<DeviceInfo> devices = graph_.Devices();
  ASSERT_EQ(devices.size(), 2u);
  EXPECT_EQ(devices[0].name, "usb");
  EXPECT_TRUE(devices[0].is_default);
  EXPECT_EQ(devices[0].num_channels, 1);
  EXPECT_EQ(devices[1].name, "speaker.monitor");
  EXPECT_TRUE(devices[1].is_monitor);
  EXPECT_FALSE(devices[1].is_default);
  EXPECT_EQ(devices[1].num_channels, 2);
}

TEST_F(PipewireGraphTest, IgnoresMalformedObjects) {
  graph_.Add(40, "PipeWire:Interface:Port", {{"node.id", "x"}});
  graph_.Add(41, "PipeWire:Interface:Link", {{"link.output.node", "-3"}});
  graph_.Add(42, "PipeWire:Interface:Client", {});
  graph_.Add(43, "PipeWire:Interface:Node", {});
  EXPECT_EQ(Pick("default"), "");
  EXPECT_EQ(graph_.NumListeners(0), 0);
  EXPECT_TRUE(graph_.Devices().empty());
}

}  // namespace
}  // namespace tacet
