// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipewire_links.h"

#include <algorithm>
#include <utility>

namespace tacet {

const pw_proxy_events PipewireLinks::kEvents = [] {
  pw_proxy_events events = {};
  events.version = PW_VERSION_PROXY_EVENTS;
  events.removed = [](void* data) {
    static_cast<PipewireLinks*>(data)->broken_ = true;
  };
  events.error = [](void* data, int, int, const char*) {
    static_cast<PipewireLinks*>(data)->broken_ = true;
  };
  return events;
}();

void PipewireLinks::Make(const std::vector<uint32_t>& outputs,
                         const std::vector<uint32_t>& inputs) {
  const size_t num_links = std::min(outputs.size(), inputs.size());
  for (size_t i = 0; i < num_links; ++i) {
    pw_properties* properties = pw_properties_new(
        PW_KEY_LINK_PASSIVE, "true", PW_KEY_OBJECT_LINGER, "false", nullptr);
    pw_properties_setf(properties, PW_KEY_LINK_OUTPUT_PORT, "%u", outputs[i]);
    pw_properties_setf(properties, PW_KEY_LINK_INPUT_PORT, "%u", inputs[i]);
    auto link = std::make_unique<Link>();
    link->proxy = static_cast<pw_proxy*>(pw_core_create_object(
        core_, "link-factory", PW_TYPE_INTERFACE_Link, PW_VERSION_LINK,
        &properties->dict, 0));
    pw_properties_free(properties);
    if (link->proxy == nullptr) {
      broken_ = true;
      return;
    }
    pw_proxy_add_listener(link->proxy, &link->hook, &kEvents, this);
    links_.push_back(std::move(link));
  }
}

void PipewireLinks::Clear() {
  for (const std::unique_ptr<Link>& link : links_) {
    spa_hook_remove(&link->hook);
    pw_proxy_destroy(link->proxy);  // and with it the link
  }
  links_.clear();
  broken_ = false;
}

}  // namespace tacet
