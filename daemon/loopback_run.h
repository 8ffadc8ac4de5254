// SPDX-License-Identifier: Apache-2.0
// `tacet latency --loopback`, from the first burst to the report.
#ifndef TACET_DAEMON_LOOPBACK_RUN_H_
#define TACET_DAEMON_LOOPBACK_RUN_H_

#include <cstdint>
#include <future>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/audio_path.h"
#include "daemon/loopback_report.h"
#include "daemon/loopback_tape.h"
#include "daemon/supervisor.h"

namespace tacet {

// One measurement: the path goes to bypass, a program of our own listens to the
// virtual microphone, the probe sends its bursts in place of the microphone,
// and each is looked for in what was heard. However it ends, the destructor
// gives the path its former mode and the microphone back.
//   What is measured: from the time that the server gives for a sample's
//   capture to the arrival of that sample at the listener, less what came after
//   it in the same block. The microphone's converter and the listener's own
//   period are not in it.
// Thread: control.
class LoopbackRun {
 public:
  // Two clocks: their delay has settled by then.
  static constexpr double kSettleOneClockS = 0.5;
  static constexpr double kSettleTwoClocksS = 6.0;
  static constexpr double kLimitS = 30.0;

  // Errors: FailedPrecondition: others listen, or may, and it is not forced;
  // Unavailable: no audio; those of AudioBackend::Record.
  static absl::StatusOr<std::unique_ptr<LoopbackRun>> Begin(
      bool force, AudioPath* path, Supervisor* supervisor, int64_t now_ns);
  ~LoopbackRun();
  LoopbackRun(const LoopbackRun&) = delete;
  LoopbackRun& operator=(const LoopbackRun&) = delete;

  // Goes on; a value ends it.
  std::optional<absl::StatusOr<LoopbackReport>> Tick(int64_t now_ns);

 private:
  enum class Phase { kSettling, kSending, kListening, kSearching };

  LoopbackRun(bool force, AudioPath* path, Supervisor* supervisor,
              int64_t now_ns);
  absl::Status Check(int64_t now_ns) const;
  void EnterPhase(Phase phase, int64_t now_ns);
  // Bursts and listener go, the mode comes back.
  void Restore();
  void Search();

  const bool force_;
  AudioPath* const path_;
  Supervisor* const supervisor_;
  const Mode former_mode_;
  const int64_t began_ns_;
  double expected_ms_ = 0.0;
  bool is_restored_ = false;
  int64_t callbacks_before_ = 0;
  Phase phase_ = Phase::kSettling;
  int64_t phase_began_ns_ = 0;
  std::shared_ptr<LoopbackTape> tape_;
  std::unique_ptr<MicrophoneRecorder> recorder_;
  std::future<LoopbackReport> report_;
};

}  // namespace tacet

#endif  // TACET_DAEMON_LOOPBACK_RUN_H_
