// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_PULSE_OBSERVER_H_
#define TACET_DAEMON_PULSE_OBSERVER_H_

#include <pulse/pulseaudio.h>

#include "daemon/pulse_view.h"

namespace tacet {

// Keeps a PulseView up to date. The server's events say only that something
// has changed; all is then asked again, so that a missed event does no harm.
// Thread: that of the context's main loop. Outlives the connection.
class PulseObserver {
 public:
  PulseObserver() = default;
  PulseObserver(const PulseObserver&) = delete;
  PulseObserver& operator=(const PulseObserver&) = delete;

  // The context must be ready.
  void Start(pa_context* context);
  void Invalidate() { is_stale_ = true; }

  // Asks anew if need be; true once for each complete view.
  bool Poll();
  // The server owes an answer.
  bool is_waiting() const { return num_pending_ > 0; }
  const PulseView& view() const { return view_; }

 private:
  static void OnEvent(pa_context*, pa_subscription_event_type_t, uint32_t,
                      void* self);
  static void OnServer(pa_context*, const pa_server_info*, void* self);
  static void OnSink(pa_context*, const pa_sink_info*, int end, void* self);
  static void OnModule(pa_context*, const pa_module_info*, int end, void* self);
  static void OnSource(pa_context*, const pa_source_info*, int end, void* self);
  static void OnOutput(pa_context*, const pa_source_output_info*, int end,
                       void* self);
  void Ask();
  void Expect(pa_operation* operation);
  void Finish(bool ok);

  pa_context* context_ = nullptr;
  PulseView view_;  // the last complete one
  PulseView next_;
  int num_pending_ = 0;
  bool has_failed_ = false;
  bool is_stale_ = true;
  bool is_fresh_ = false;
};

}  // namespace tacet

#endif  // TACET_DAEMON_PULSE_OBSERVER_H_
