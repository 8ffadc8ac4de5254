// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_PULSE_VIRTUAL_SOURCE_H_
#define TACET_DAEMON_PULSE_VIRTUAL_SOURCE_H_

#include <pulse/pulseaudio.h>

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/pulse_view.h"

namespace tacet {

// The virtual microphone in the server: removes or adopts what a killed daemon
// left, loads what is missing, unloads all.
// Thread: that of the context's main loop. Outlives the connection.
class PulseVirtualSource {
 public:
  enum class State {
    kNone,
    kRemoving,       // leftovers
    kLoadingSink,
    kLoadingSource,
    kAppearing,      // loaded, not yet in the view
    kReady,
    kFailed,         // error() says why
    kUnloading,
    kUnloaded,
  };

  PulseVirtualSource(std::string_view name, int num_channels);
  PulseVirtualSource(const PulseVirtualSource&) = delete;
  PulseVirtualSource& operator=(const PulseVirtualSource&) = delete;

  // Begins. The view must be complete.
  void Load(pa_context* context, const PulseView& view, int sample_rate_hz);
  // To be called with each new view.
  void Observe(const PulseView& view);
  // Without a stream a null sink renders silence for two seconds ahead. To be
  // called when our stream is there, lest it wait for as long.
  void ForgetRendered();
  void Unload();
  // Of another session, of which no more is known than what it has left.
  void UnloadLeftovers(pa_context* context, const PulseView& view);

  State state() const { return state_; }
  const std::string& error() const { return error_; }
  // Of the microphone; valid when ready.
  uint32_t source_index() const { return source_index_; }

 private:
  static void OnRemoved(pa_context*, int ok, void* self);
  static void OnSinkLoaded(pa_context*, uint32_t index, void* self);
  static void OnSourceLoaded(pa_context*, uint32_t index, void* self);
  void Remove(uint32_t module);
  void LoadSink();
  void LoadSource();
  void Request(pa_operation* operation);
  void Fail(std::string error);

  const std::string name_;
  const int num_channels_;
  pa_context* context_ = nullptr;
  std::string sink_arguments_, source_arguments_;
  State state_ = State::kNone;
  std::string error_;
  int num_pending_ = 0;
  uint32_t sink_module_ = PA_INVALID_INDEX;
  uint32_t source_module_ = PA_INVALID_INDEX;
  uint32_t source_index_ = PA_INVALID_INDEX;
};

}  // namespace tacet

#endif  // TACET_DAEMON_PULSE_VIRTUAL_SOURCE_H_
