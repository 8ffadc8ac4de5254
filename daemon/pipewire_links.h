// SPDX-License-Identifier: Apache-2.0
// Our links from the source's ports to those of the capture stream.
#ifndef TACET_DAEMON_PIPEWIRE_LINKS_H_
#define TACET_DAEMON_PIPEWIRE_LINKS_H_

#include <pipewire/pipewire.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace tacet {

// Thread: control.  Realtime-safe: no.
class PipewireLinks {
 public:
  // The core outlives it.
  explicit PipewireLinks(pw_core* core) : core_(core) {}
  ~PipewireLinks() { Clear(); }
  PipewireLinks(const PipewireLinks&) = delete;
  PipewireLinks& operator=(const PipewireLinks&) = delete;

  // Links outputs[i] to inputs[i]. The links are passive: they run only while
  // something else wants what the capture stream feeds. They end with us.
  void Make(const std::vector<uint32_t>& outputs,
            const std::vector<uint32_t>& inputs);
  void Clear();

  bool empty() const { return links_.empty(); }

  // Whether the server refused or removed one of them.
  bool broken() const { return broken_; }

 private:
  struct Link {
    pw_proxy* proxy = nullptr;
    spa_hook hook = {};
  };

  static const pw_proxy_events kEvents;

  pw_core* core_;
  std::vector<std::unique_ptr<Link>> links_;
  bool broken_ = false;
};

}  // namespace tacet

#endif  // TACET_DAEMON_PIPEWIRE_LINKS_H_
