// SPDX-License-Identifier: Apache-2.0
// Tacet Microphone on a PipeWire server.
//
// The virtual microphone exists from Start() to Stop(), also while suspended.
// The capture stream exists while somebody is linked to the virtual microphone,
// so that at other times neither processor nor source is used, nor any
// microphone shown as taken. We link it ourselves and not through the session
// manager, which might pick a monitor, and follow the default source as the
// registry changes.
#ifndef TACET_DAEMON_PIPEWIRE_BACKEND_H_
#define TACET_DAEMON_PIPEWIRE_BACKEND_H_

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "daemon/audio_backend.h"
#include "daemon/pipewire_connection.h"
#include "daemon/pipewire_duplex.h"
#include "daemon/pipewire_graph.h"
#include "daemon/pipewire_links.h"

namespace tacet {

// Thread: control.  Realtime-safe: no.
class PipewireBackend final : public AudioBackend {
 public:
  PipewireBackend() = default;
  ~PipewireBackend() override;
  PipewireBackend(const PipewireBackend&) = delete;
  PipewireBackend& operator=(const PipewireBackend&) = delete;

  std::string_view name() const override { return "pipewire"; }
  // Errors: InvalidArgument: a Tacet node as source, channels not 1 to 8;
  // FailedPrecondition: not stopped; Unavailable: no server.
  absl::Status Start(const BackendParams& params, AudioClient* client) override;
  void Stop() override;
  void Suspend() override;
  BackendStatus status() const override;
  int event_fd() const override;
  void Dispatch() override;
  absl::StatusOr<std::vector<DeviceInfo>> Devices() override;
  absl::StatusOr<std::unique_ptr<MicrophoneRecorder>> Record(
      std::shared_ptr<LoopbackTape> tape) override;
  // Told to the server and by it to the programs that listen.
  bool can_set_source() const override;
  void SetSource(const std::string& source) override;
  void SetProcessLatency(int num_frames) override;

  // Audio cycles since Start().
  int64_t num_cycles() const;

 private:
  // Brings streams and links in line with what the registry says.
  void Reconcile();
  absl::Status MakeDuplex();
  absl::Status Configure(int num_capture_channels);
  void Release();
  // Whether the source that is linked may go: it is gone already, or has been
  // faded out, which begins with the first call.
  bool HasFaded();
  void Relink(const std::optional<PipewireTarget>& target);
  void Unlink();
  // Lets the new source be heard, once those who listen run with its driver.
  void BeginLinked();
  void Fail(absl::string_view detail);
  // The virtual microphone that Suspend() has left, for other params.
  absl::Status Resume(const BackendParams& params, AudioClient* client);
  void NoteCycles();
  // After Stop(), once the server has answered or its time is over.
  bool MayClose() const;
  void Close();
  void CloseNow();
  int num_listeners() const;

  BackendParams params_;
  AudioClient* client_ = nullptr;
  AudioFormat capture_format_;
  AudioFormat playback_format_;
  bool configured_ = false;
  bool is_suspended_ = false;
  int64_t cycles_seen_ = 0;
  std::chrono::steady_clock::time_point cycle_seen_at_;  // the latest
  int process_latency_frames_ = 0;

  // In the order of dependence: the last go first.
  std::unique_ptr<PipewireConnection> connection_;
  std::unique_ptr<PipewireDuplex> duplex_;
  std::unique_ptr<PipewireLinks> links_;

  std::string former_default_;
  std::optional<PipewireTarget> linked_;  // what links_ links to
  std::optional<std::chrono::steady_clock::time_point> fade_due_;  // of linked_
  // After another source was linked, until BeginSource(): whose answer says
  // that it is, the cycles that had been then, and when to go on without.
  bool is_ended_ = false;  // the last source, by EndSource()
  std::optional<int> begin_asked_;
  std::optional<int64_t> begin_cycles_;
  std::chrono::steady_clock::time_point begin_due_;
  std::chrono::steady_clock::time_point next_link_try_;
  std::string failure_;
  // Stop() was called; the server is asked whether it has heard all before.
  std::optional<int> farewell_;
  std::chrono::steady_clock::time_point farewell_due_;
};

std::unique_ptr<AudioBackend> CreatePipewireBackend();

}  // namespace tacet

#endif  // TACET_DAEMON_PIPEWIRE_BACKEND_H_
