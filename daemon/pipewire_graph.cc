// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipewire_graph.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace tacet {
namespace {

std::string_view Find(const PipewireProperties& properties,
                      std::string_view key) {
  const auto found = properties.find(key);
  return found == properties.end() ? std::string_view() : found->second;
}

int64_t FindNumber(const PipewireProperties& properties, std::string_view key,
                   int64_t otherwise) {
  const std::string_view text = Find(properties, key);
  int64_t value;
  return absl::SimpleAtoi(absl::string_view(text.data(), text.size()), &value)
             ? value
             : otherwise;
}

bool FindId(const PipewireProperties& properties, std::string_view key,
            uint32_t* id) {
  const int64_t value = FindNumber(properties, key, -1);
  if (value < 0 || value > UINT32_MAX) return false;
  *id = static_cast<uint32_t>(value);
  return true;
}

}  // namespace

void PipewireGraph::Add(uint32_t id, std::string_view type,
                        const PipewireProperties& properties) {
  if (type == "PipeWire:Interface:Node") {
    Node node;
    node.name = Find(properties, "node.name");
    node.description = Find(properties, "node.description");
    node.media_class = Find(properties, "media.class");
    node.client = FindNumber(properties, "client.id", -1);
    node.serial = FindNumber(properties, "object.serial", 0);
    node.priority = FindNumber(properties, "priority.session", 0);
    nodes_[id] = std::move(node);
  } else if (type == "PipeWire:Interface:Port") {
    Port port;
    if (!FindId(properties, "node.id", &port.node)) return;
    port.index = FindNumber(properties, "port.id", 0);
    port.output = Find(properties, "port.direction") == "out";
    port.monitor = Find(properties, "port.monitor") == "true";
    ports_[id] = port;
  } else if (type == "PipeWire:Interface:Link") {
    Link link;
    if (!FindId(properties, "link.output.node", &link.output_node) ||
        !FindId(properties, "link.output.port", &link.output_port) ||
        !FindId(properties, "link.input.node", &link.input_node) ||
        !FindId(properties, "link.input.port", &link.input_port)) {
      return;
    }
    links_[id] = link;
  } else if (type == "PipeWire:Interface:Client") {
    client_serials_[id] = FindNumber(properties, "object.serial", 0);
  }
}

void PipewireGraph::Remove(uint32_t id) {
  nodes_.erase(id);
  ports_.erase(id);
  links_.erase(id);
  client_serials_.erase(id);
}

bool PipewireGraph::IsTacet(const Node& node) {
  return absl::StartsWith(node.name, {kTacetNodePrefix.data(),
                                      kTacetNodePrefix.size()});
}

bool PipewireGraph::IsSource(const Node& node) {
  return node.media_class == "Audio/Source" ||
         node.media_class == "Audio/Source/Virtual" ||
         node.media_class == "Audio/Duplex";
}

bool PipewireGraph::IsSink(const Node& node) {
  return node.media_class == "Audio/Sink";
}

int64_t PipewireGraph::Client(const Node& node) const {
  const auto client = client_serials_.find(node.client);
  return client != client_serials_.end() && client->second < node.serial
             ? client->first
             : -1;
}

std::vector<uint32_t> PipewireGraph::Ports(uint32_t node_id, bool output,
                                           bool monitor) const {
  std::vector<std::pair<int64_t, uint32_t>> found;
  for (const auto& [id, port] : ports_) {
    if (port.node == node_id && port.output == output &&
        port.monitor == monitor) {
      found.emplace_back(port.index, id);
    }
  }
  std::sort(found.begin(), found.end());
  std::vector<uint32_t> ids;
  ids.reserve(found.size());
  for (const auto& [index, id] : found) ids.push_back(id);
  return ids;
}

std::optional<PipewireTarget> PipewireGraph::Target(uint32_t id,
                                                    const Node& node) const {
  if (IsTacet(node)) return std::nullopt;
  PipewireTarget target;
  target.node_id = id;
  if (IsSource(node)) {
    target.name = node.name;
    target.port_ids = Ports(id, /*output=*/true, /*monitor=*/false);
    // A virtual source is a sink inside: its outputs are marked as monitors.
    if (target.port_ids.empty()) {
      target.port_ids = Ports(id, /*output=*/true, /*monitor=*/true);
    }
  } else if (IsSink(node)) {
    target.name = node.name + ".monitor";
    target.port_ids = Ports(id, /*output=*/true, /*monitor=*/true);
  }
  if (target.port_ids.empty()) return std::nullopt;
  return target;
}

std::optional<PipewireTarget> PipewireGraph::FindNamed(
    std::string_view name) const {
  const std::string_view stem =
      name.ends_with(".monitor") ? name.substr(0, name.size() - 8) : name;
  for (const auto& [id, node] : nodes_) {
    if (node.name != name && !(IsSink(node) && node.name == stem)) continue;
    if (std::optional<PipewireTarget> target = Target(id, node)) return target;
  }
  return std::nullopt;
}

std::set<uint32_t> PipewireGraph::FedByTacet() const {
  std::vector<uint32_t> queue;
  std::set<uint32_t> fed;
  const auto reach = [&queue, &fed](uint32_t id) {
    if (fed.insert(id).second) queue.push_back(id);
  };
  for (const auto& [id, node] : nodes_) {
    if (IsTacet(node)) reach(id);
  }
  while (!queue.empty()) {
    const uint32_t from = queue.back();
    queue.pop_back();
    for (const auto& [id, link] : links_) {
      if (link.output_node == from) reach(link.input_node);
    }
    // What a program records comes out of its other nodes. This holds for
    // streams alone: the session manager owns all the hardware.
    const auto node = nodes_.find(from);
    if (node == nodes_.end() ||
        !absl::StartsWith(node->second.media_class, "Stream/")) {
      continue;
    }
    const int64_t client = Client(node->second);
    if (client < 0) continue;
    for (const auto& [id, other] : nodes_) {
      if (Client(other) == client) reach(id);
    }
  }
  return fed;
}

std::optional<std::string> PipewireGraph::UsableDefault() const {
  const std::set<uint32_t> fed = FedByTacet();
  for (const auto& [id, node] : nodes_) {
    if (node.name == default_source_ && IsSource(node) && !fed.contains(id) &&
        Target(id, node)) {
      return node.name;
    }
  }
  return std::nullopt;
}

std::optional<PipewireTarget> PipewireGraph::PickTarget(
    std::string_view wanted, std::string_view former) const {
  if (wanted != "default") {
    if (std::optional<PipewireTarget> target = FindNamed(wanted)) {
      return target;
    }
  }
  const std::set<uint32_t> fed = FedByTacet();
  std::optional<PipewireTarget> best;
  std::tuple<int, int64_t, int64_t> best_rank;
  for (const auto& [id, node] : nodes_) {
    if (!IsSource(node) || fed.contains(id)) continue;
    std::optional<PipewireTarget> target = Target(id, node);
    if (!target) continue;
    const int claim =
        node.name == default_source_ ? 2 : (node.name == former ? 1 : 0);
    const std::tuple rank(claim, node.priority, node.serial);
    if (!best || rank > best_rank) {
      best = std::move(target);
      best_rank = rank;
    }
  }
  return best;
}

int PipewireGraph::NumListeners(uint32_t node_id) const {
  std::set<uint32_t> listeners;
  for (const auto& [id, link] : links_) {
    if (link.output_node == node_id) listeners.insert(link.input_node);
  }
  return static_cast<int>(listeners.size());
}

bool PipewireGraph::HasLink(uint32_t output_port, uint32_t input_port) const {
  return std::any_of(links_.begin(), links_.end(), [&](const auto& entry) {
    return entry.second.output_port == output_port &&
           entry.second.input_port == input_port;
  });
}

std::vector<DeviceInfo> PipewireGraph::Devices() const {
  std::vector<DeviceInfo> devices;
  for (const auto& [id, node] : nodes_) {
    const std::optional<PipewireTarget> target = Target(id, node);
    if (!target) continue;
    DeviceInfo device;
    device.name = target->name;
    device.is_monitor = IsSink(node);
    device.description = node.description.empty() ? node.name
                                                  : node.description;
    if (device.is_monitor) {
      device.description = "Monitor of " + device.description;
    }
    device.num_channels = static_cast<int>(target->port_ids.size());
    device.is_default = !device.is_monitor && node.name == default_source_;
    devices.push_back(std::move(device));
  }
  return devices;
}

}  // namespace tacet
