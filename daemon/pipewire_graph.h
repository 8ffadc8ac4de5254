// SPDX-License-Identifier: Apache-2.0
// What the PipeWire server's registry says of nodes, ports and links, and which
// source Tacet listens to.
#ifndef TACET_DAEMON_PIPEWIRE_GRAPH_H_
#define TACET_DAEMON_PIPEWIRE_GRAPH_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/audio_backend.h"

namespace tacet {

// Names of our nodes; every Tacet node's begins with the prefix, whichever
// backend made it.
inline constexpr std::string_view kTacetNodePrefix = "tacet_";
inline constexpr char kPipewireSourceName[] = "tacet_microphone";
inline constexpr char kPipewireCaptureName[] = "tacet_capture";

using PipewireProperties = std::map<std::string, std::string, std::less<>>;

// A source to listen to: its ports in the order of their channels.
struct PipewireTarget {
  uint32_t node_id = 0;
  std::string name;  // as BackendParams::source takes it
  std::vector<uint32_t> port_ids;

  friend bool operator==(const PipewireTarget&,
                         const PipewireTarget&) = default;
};

// Thread: control.  Realtime-safe: no.
class PipewireGraph {
 public:
  // A global object appeared or disappeared. Types other than node, port,
  // link and client (PipeWire:Interface:*) are ignored, and so is a malformed
  // one.
  void Add(uint32_t id, std::string_view type,
           const PipewireProperties& properties);
  void Remove(uint32_t id);

  // The node that the session manager takes as default source; "": none.
  void SetDefaultSource(std::string_view node_name) {
    default_source_ = node_name;
  }

  // The source to listen to.
  //   wanted  "default"; a node's name; or that of a sink, with or without
  //           ".monitor", for what it plays
  //   former  the name of the source that was last right as the default
  // 1. the wanted one; 2. the default; 3. the former one; 4. the one with the
  // highest priority, the latest of equals. A Tacet node is never taken, nor,
  // unless wanted by name, a monitor or a source that Tacet feeds. One without
  // ports is not there yet.
  std::optional<PipewireTarget> PickTarget(std::string_view wanted,
                                           std::string_view former) const;

  // The default source, where PickTarget() would take it.
  std::optional<std::string> UsableDefault() const;

  // The ports of a node in one direction, in the order of their channels.
  std::vector<uint32_t> Ports(uint32_t node_id, bool output,
                              bool monitor) const;

  // How many nodes are linked to outputs of this one.
  int NumListeners(uint32_t node_id) const;

  bool HasLink(uint32_t output_port, uint32_t input_port) const;

  std::vector<DeviceInfo> Devices() const;

 private:
  struct Node {
    std::string name;
    std::string description;
    std::string media_class;
    int64_t client = -1;
    int64_t serial = 0;
    int64_t priority = 0;
  };
  struct Port {
    uint32_t node = 0;
    int64_t index = 0;
    bool output = false;
    bool monitor = false;
  };
  struct Link {
    uint32_t output_node = 0;
    uint32_t output_port = 0;
    uint32_t input_node = 0;
    uint32_t input_port = 0;
  };

  static bool IsTacet(const Node& node);
  static bool IsSource(const Node& node);
  static bool IsSink(const Node& node);
  // The program that made the node and still runs; -1: none. A node can outlive
  // its program, whose number then goes to a later one.
  int64_t Client(const Node& node) const;
  std::optional<PipewireTarget> Target(uint32_t id, const Node& node) const;
  std::optional<PipewireTarget> FindNamed(std::string_view name) const;
  // The nodes that hear Tacet, directly or through others.
  std::set<uint32_t> FedByTacet() const;

  std::map<uint32_t, Node> nodes_;
  std::map<uint32_t, Port> ports_;
  std::map<uint32_t, Link> links_;
  std::map<int64_t, int64_t> client_serials_;
  std::string default_source_;
};

}  // namespace tacet

#endif  // TACET_DAEMON_PIPEWIRE_GRAPH_H_
