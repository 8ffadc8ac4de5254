// SPDX-License-Identifier: Apache-2.0
// Keeps audio flowing: starts the backend, notices that it failed, starts it
// again.
#ifndef TACET_DAEMON_SUPERVISOR_H_
#define TACET_DAEMON_SUPERVISOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "daemon/audio_backend.h"
#include "daemon/audio_path.h"
#include "daemon/log.h"
#include "daemon/status.h"
#include "model/estimator_source.h"

namespace tacet {

// Both clocks at one moment: only the second goes on while the machine sleeps.
struct SupervisorTime {
  int64_t monotonic_ns = 0;
  int64_t boot_ns = 0;

  static SupervisorTime Now();
};

// A model ready to run.
struct NamedEngine {
  std::string name;
  std::string source;  // path, or "builtin"
  EstimatorSource engine = {};
  size_t size = 0;                // bytes of the model; 0: not known
  std::string backend = "float";  // or fixed, neuromorphic
  // What became of its tokens, where the backend works beside the audio.
  std::shared_ptr<const OffloadStatus> offload = nullptr;
  // Of AudioPath::Prepare(); the path takes it. Null: the path makes its own.
  std::shared_ptr<PreparedStream> prepared = nullptr;
};

using SmallerEngineFuture = std::future<std::optional<NamedEngine>>;

struct SupervisorParams {
  // In the order of preference; the first whose server is there is taken. One
  // that was up is alone for kLoyalSeconds: its server may be restarting.
  std::vector<std::unique_ptr<AudioBackend>> backends;
  BackendParams backend;
  NamedEngine engine;  // what the path runs already
  // This many deadline misses within kMissWindowSeconds: SmallerEngine takes
  // over; 0: never.
  int misses_to_step_down = 10;
  // Of the process before this one, see handover: what it had recovered from,
  // and since when audio is gone (monotonic), if it is, and with which backend.
  RecoveryStatus recovery;
  std::optional<int64_t> failed_ns;
  std::string last_backend;
  // The next smaller model of the same latency, if any; it is loaded elsewhere.
  std::function<SmallerEngineFuture(const NamedEngine& engine)> smaller_engine;
};

// Driven by Tick() alone: no thread, no waiting. States:
//
//   waiting --(pause over)--> starting --> up (idle | running) --> waiting ...
//
// A failure is: the backend says so; it does not come up within kStartSeconds,
// though there is a microphone; no callback for kStallSeconds while running
// (kFirstSoundSeconds for the first). The pause is
// kFirstPauseMs, doubled with each failure up to kLongestPauseMs and back to
// the first after kSteadySeconds of health, so audio is back within a second of
// the server or device. The first new start after health takes up the virtual
// microphone, so that who listens keeps it; the others begin wholly anew. A
// machine that slept is watched: that is a failure if no callback comes for
// kStallSeconds. A microphone that goes while the backend keeps the
// virtual one is no failure, but its return a recovery. A change of format, or
// of a model with another latency, restarts the backend, faded.
// Thread: control.
class Supervisor {
 public:
  static constexpr int kFirstPauseMs = 50;
  static constexpr int kLongestPauseMs = 400;
  static constexpr double kStallSeconds = 1.0;
  static constexpr double kStartSeconds = 5.0;
  // From the first listener to the first callback: a headset takes its time.
  static constexpr double kFirstSoundSeconds = 5.0;
  static constexpr double kSteadySeconds = 5.0;
  static constexpr double kSleepSeconds = 0.5;
  static constexpr double kHangSeconds = 2.0;
  static constexpr double kLoyalSeconds = 10.0;
  static constexpr int kMissWindowSeconds = 10;

  // path and log outlive it.
  Supervisor(SupervisorParams params, AudioPath* path, Log* log);
  ~Supervisor();

  // Does what is due; after a poll, and after TimeoutMs() at the latest.
  void Tick(const SupervisorTime& now);
  int TimeoutMs(const SupervisorTime& now) const;
  // The backend's; -1 if it has none, or none is at work.
  int event_fd() const;

  // Ends audio, faded where it flows; then is_stopped().
  void BeginStop();
  bool is_stopped() const { return phase_ == Phase::kStopped; }

  // Another source: followed by the backend, faded, where it can; else, and for
  // another format, a faded restart. Where audio was up and the first start
  // with the new ones fails, the former are taken back, and status says why.
  void SetBackendParams(const BackendParams& params);
  // A faded restart, where the backend runs.
  void Restart(const std::string& why);
  // One is under way, for that or for another reason.
  bool is_restarting() const {
    return phase_ == Phase::kFading || phase_ == Phase::kHalting ||
           phase_ == Phase::kStarting;
  }
  const BackendParams& backend_params() const { return backend_params_; }
  void SetMissesToStepDown(int misses) { misses_to_step_down_ = misses; }

  // Swaps without a gap, or by a faded restart where the latency differs. On an
  // error the former engine goes on; one that the restart finds is told by
  // engine_status(). The last that was asked for counts.
  absl::Status UseEngine(const NamedEngine& engine);
  const absl::Status& engine_status() const { return engine_status_; }

  absl::StatusOr<std::vector<DeviceInfo>> Devices();
  // As AudioBackend's; Unavailable before the first.
  absl::StatusOr<std::unique_ptr<MicrophoneRecorder>> Record(
      std::shared_ptr<LoopbackTape> tape);

  // True once audio has flowed or the backend was idle.
  bool was_ready() const { return was_ready_; }
  // engine() is the one that was asked for last, or that stays after an error,
  // and what it took is over: no start or stop of the backend is under way, nor
  // a swap. Where nobody listens a swap waits for the next sound; that counts
  // as over.
  bool is_settled() const;
  const NamedEngine& engine() const { return engine_; }
  // Audio goes on, or there is a known reason why it does not.
  bool is_healthy() const;
  // A backend's Stop() hangs: only a new process helps, with what follows.
  bool needs_new_process() const { return needs_new_process_; }
  const RecoveryStatus& recovery() const { return recovery_; }
  std::optional<int64_t> failed_ns() const { return failed_ns_; }
  // That was up last; empty: none was.
  std::string last_backend() const;

  // What status shows as the newest error.
  void NoteError(const std::string& error) { last_error_ = error; }

  DaemonState state() const;
  // Fills in what the supervisor knows: all but the daemon's own fields.
  void AddTo(DaemonStatus* status) const;

 private:
  enum class Phase { kWaiting, kStarting, kUp, kFading, kHalting, kStopped };

  void CheckSleep();
  void Start();
  // Those that may be tried, until one is not absent.
  absl::Status StartBackend();
  // The backend that was started turned out to be absent: on to the next one.
  // False: there is none.
  bool TryNextBackend();
  void NoteAbsence(absl::string_view why);
  // What all backends said that were tried; `cause` alone where one was.
  std::string CauseOfAll(const std::string& cause) const;
  void Watch();
  void CheckStall(const BackendStatus& status);
  void CheckMisses();
  void StepDown();
  void TakeNextEngine();
  void NoteNoMicrophone(const BackendStatus& status);
  void NoteRecovery();
  void ComeUp();
  void Fail(const std::string& cause, bool at_once = false);
  // keeps: the virtual microphone is for the next start.
  void Halt(bool keeps = false);
  void AfterHalt();
  void DispatchBackend();
  bool SleepsSoundly() const;
  void NoticeHang();
  // The engine's latency, where the backend has not been told.
  void TellLatency();
  double SecondsSince(int64_t ns) const { return 1e-9 * (now_ns() - ns); }
  int64_t now_ns() const { return now_.monotonic_ns; }

  std::vector<std::unique_ptr<AudioBackend>> backends_;
  BackendParams backend_params_;
  // With which audio was up, until it is with backend_params_.
  std::optional<BackendParams> former_params_;
  NamedEngine engine_;
  std::optional<NamedEngine> next_engine_;  // taken at the restart
  absl::Status engine_status_;              // of the last UseEngine
  int misses_to_step_down_;
  const std::function<SmallerEngineFuture(const NamedEngine&)> smaller_engine_;
  SmallerEngineFuture stepping_;  // valid: to the smaller one, once it is there
  std::string stepping_from_;
  AudioPath* const path_;
  Log* const log_;

  SupervisorTime now_;
  Phase phase_ = Phase::kWaiting;
  AudioBackend* backend_ = nullptr;     // of backends_; the one last started
  size_t first_backend_ = 0;            // that the next start tries
  AudioBackend* up_backend_ = nullptr;  // of backends_; that was up last
  int64_t up_ns_ = 0;                   // when it was
  bool is_loyal_ = false;               // this start tries up_backend_ alone
  bool is_suspended_ = false;           // backend_, by Suspend()
  // Of the backends that were tried and are absent, since the first was.
  std::vector<std::string> absences_;
  bool stops_ = false;  // BeginStop was called
  int64_t phase_began_ns_ = 0;
  int64_t next_try_ns_ = 0;
  int pause_ms_ = kFirstPauseMs;
  int64_t last_dispatch_ns_ = 0;
  int told_latency_frames_ = -1;
  std::optional<int64_t> sleep_ns_;  // boot less monotonic
  // Since when the backend says kStarting though there is a microphone.
  std::optional<int64_t> starting_ns_;
  int64_t callbacks_seen_ = 0;
  int64_t progress_ns_ = 0;  // when callbacks_seen_ last grew
  bool has_flowed_ = false;  // callbacks came since the start or idleness
  bool was_ready_ = false;
  bool needs_new_process_ = false;
  std::string stepped_down_from_;  // the wanted model, if another runs
  std::string last_error_;
  std::optional<int64_t> failed_ns_;  // of the recovery under way
  RecoveryStatus recovery_;
  int64_t recovered_ns_ = 0;
  // Misses at the start of each second of the window.
  std::array<int64_t, kMissWindowSeconds> misses_{};
  int64_t misses_second_ = 0;
};

}  // namespace tacet

#endif  // TACET_DAEMON_SUPERVISOR_H_
