// SPDX-License-Identifier: Apache-2.0
// The connection to the PipeWire server, and the mirror of its registry.
//
// The loop of libpipewire runs inside the control thread: it is a plain epoll
// descriptor that Dispatch() turns. A pw_thread_loop would add a third thread
// and a lock around every call for no gain, since audio never waits for this
// loop: libpipewire runs it on a data thread of its own.
#ifndef TACET_DAEMON_PIPEWIRE_CONNECTION_H_
#define TACET_DAEMON_PIPEWIRE_CONNECTION_H_

#include <pipewire/pipewire.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "daemon/pipewire_graph.h"

struct pw_metadata;

namespace tacet {

// Thread: control.  Realtime-safe: no.
class PipewireConnection {
 public:
  // Errors: Unavailable: no server listens, or the library cannot be set up.
  // is_realtime: asks for a real-time data thread.
  static absl::StatusOr<std::unique_ptr<PipewireConnection>> Open(
      bool is_realtime = false);

  // The server frees all that came over this connection.
  ~PipewireConnection();
  PipewireConnection(const PipewireConnection&) = delete;
  PipewireConnection& operator=(const PipewireConnection&) = delete;

  int fd() const { return pw_loop_get_fd(loop_); }

  // Handles what has come, without waiting more than timeout_ms for more.
  void Iterate(int timeout_ms);

  // Asks the server to say when it has done all that was asked of it before;
  // HasDone(Ask()) then.
  int Ask();
  // Answers come in the order of the questions.
  bool HasDone(int sequence) const;

  // Makes fd() readable in a while, once; a later call replaces an earlier one.
  void WakeAfter(std::chrono::milliseconds delay);

  // Runs function on the data thread, between two cycles, and waits for it.
  void RunOnDataThread(const std::function<void()>& function);

  // Another choice than Open()'s, for the data thread that runs.
  void SetRealtime(bool is_realtime);

  pw_core* core() const { return core_; }

  // "": alive; otherwise why the server is gone. It stays gone.
  const std::string& failure() const { return failure_; }

  // Whether the registry and the default source have been listed once.
  bool listed() const { return listed_; }

  const PipewireGraph& graph() const { return graph_; }

  // The server's; 0 until listed().
  int default_rate_hz() const { return default_rate_hz_; }
  int default_period_frames() const { return default_period_frames_; }
  // What this client's buffers are laid out for.
  int longest_period_frames() const;

 private:
  PipewireConnection() = default;

  void OnGlobal(uint32_t id, const char* type, const spa_dict* properties);
  void OnGlobalRemove(uint32_t id);
  void OnCoreInfo(const pw_core_info* info);
  void OnCoreDone(int sequence);
  void OnCoreError(uint32_t id, int result, const char* message);
  // Finds out whether the server still serves us: one that hangs, or that has
  // stopped reading from us, says nothing by itself.
  void WatchServer();
  int OnMetadata(uint32_t subject, const char* key, const char* value);
  void BindMetadata();
  void DropMetadata();

  static const pw_core_events kCoreEvents;
  static const pw_registry_events kRegistryEvents;

  pw_loop* loop_ = nullptr;
  spa_source* timer_ = nullptr;
  pw_context* context_ = nullptr;
  pw_core* core_ = nullptr;
  pw_registry* registry_ = nullptr;
  pw_metadata* metadata_ = nullptr;
  uint32_t metadata_id_ = SPA_ID_INVALID;
  // When to bind what appeared after the listing.
  std::chrono::steady_clock::time_point metadata_due_;
  spa_hook core_hook_ = {};
  spa_hook registry_hook_ = {};
  spa_hook metadata_hook_ = {};

  PipewireGraph graph_;
  bool listed_ = false;
  int num_rounds_ = 0;  // of sync: the registry, then what it made us bind
  int pending_sync_ = -1;
  int last_done_ = -1;
  int asked_ = -1;  // the latest sign of life, and when it was asked for
  std::chrono::steady_clock::time_point asked_at_;
  int default_rate_hz_ = 0;
  int default_period_frames_ = 0;
  std::string failure_;
};

}  // namespace tacet

#endif  // TACET_DAEMON_PIPEWIRE_CONNECTION_H_
