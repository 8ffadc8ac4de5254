// SPDX-License-Identifier: Apache-2.0
// A sound server that is not there, for tests and `tacetd --backend fake`.
#ifndef TACET_DAEMON_FAKE_BACKEND_H_
#define TACET_DAEMON_FAKE_BACKEND_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "daemon/audio_backend.h"
#include "daemon/fake_device.h"

namespace tacet {

struct FakeBackendParams {
  enum class Pace {
    kManual,    // time goes on in Advance only
    kRealTime,  // a thread, as fast as the clock
    kFast,      // a thread, as fast as it can
  };
  FakeDeviceParams device;
  Pace pace = Pace::kManual;
  double total_s = 0.0;  // then no more audio comes; 0: for ever
  // Stop() never ends, as a broken driver's may; with a thread, that one does
  // not.
  bool hangs_on_stop = false;
};

// The device goes on in virtual time across Stop and Start, as a card does.
class FakeBackend final : public AudioBackend {
 public:
  explicit FakeBackend(const FakeBackendParams& params);
  ~FakeBackend() override;

  std::string_view name() const override { return "fake"; }
  absl::Status Start(const BackendParams& params, AudioClient* client) override;
  void Stop() override;
  BackendStatus status() const override;
  int event_fd() const override { return -1; }
  void Dispatch() override {}
  absl::StatusOr<std::vector<DeviceInfo>> Devices() override;
  absl::StatusOr<std::unique_ptr<MicrophoneRecorder>> Record(
      std::shared_ptr<LoopbackTape> tape) override;

  // Lets virtual time pass.  Pace::kManual only.
  void Advance(int64_t duration_ns);

  int64_t now_ns() const;
  // Of what has been played so far.
  uint64_t output_hash() const;
  // True once total_s is over.
  bool is_finished() const;
  // How often Start succeeded.
  int num_starts() const;

 private:
  class Recorder;
  static constexpr int64_t kStepNs = 10'000'000;

  void AdvanceLocked(int64_t duration_ns);
  void RunThread();
  void JoinThread();
  int64_t EndNs() const;

  const FakeBackendParams params_;
  mutable std::mutex mutex_;
  // All below guarded by mutex_.
  FakeDevice device_;
  BackendState state_ = BackendState::kStopped;
  std::string detail_;
  std::string source_;
  int num_starts_ = 0;
  bool quits_ = false;

  std::thread thread_;  // the control thread's
};

}  // namespace tacet

#endif  // TACET_DAEMON_FAKE_BACKEND_H_
