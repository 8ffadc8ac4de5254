// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_TESTS_DAEMON_SUPERVISOR_WORLD_H_
#define TACET_TESTS_DAEMON_SUPERVISOR_WORLD_H_

#include <atomic>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/fake_backend.h"
#include "daemon/supervisor.h"
#include "tests/model/engine_support.h"

namespace tacet {

inline constexpr int64_t kStepNs = 10'000'000;

// Audio that takes this share of its time in the callback's clock.
inline std::atomic<int64_t> callback_ns = 0;
inline std::atomic<int64_t> virtual_ns = 0;
inline int64_t VirtualClock() noexcept {
  return virtual_ns.fetch_add(callback_ns) + callback_ns;
}

inline NamedEngine Engine(const std::string& name,
                          WindowKind window = WindowKind::kSqrtHann) {
  return {.name = name, .source = "builtin", .engine = UnitSource(window)};
}

// A supervisor over a fake backend; both live in virtual time.
class World {
 public:
  explicit World(const FakeBackendParams& fake,
                 std::optional<NamedEngine> smaller = {},
                 const RecoveryStatus& recovery = {},
                 std::optional<int64_t> failed_ns = {},
                 std::optional<NamedEngine> smallest = {})
      : path_(PathParams()),
        log_(
            LogLevel::kDebug,
            [this](std::string_view line) {
              log_text_ += line;
              return true;
            },
            [this] { return now_.monotonic_ns; }) {
    callback_ns = 0;
    auto backend = std::make_unique<FakeBackend>(fake);
    backend_ = backend.get();
    SupervisorParams params;
    params.backends.push_back(std::move(backend));
    params.engine = Engine("base");
    params.recovery = recovery;
    params.failed_ns = failed_ns;
    params.smaller_engine = [this, smaller,
                             smallest](const NamedEngine& engine) {
      smaller_ = {};
      if (!loads_slowly) {
        smaller_.set_value(engine.name == "base"    ? smaller
                           : engine.name == "small" ? smallest
                                                    : std::nullopt);
      }
      return smaller_.get_future();
    };
    supervisor_ =
        std::make_unique<Supervisor>(std::move(params), &path_, &log_);
  }

  void RunUntil(double seconds) {
    const int64_t until_ns = static_cast<int64_t>(1e9 * seconds);
    while (now_.monotonic_ns < until_ns) {
      supervisor_->Tick(now_);
      backend_->Advance(kStepNs);
      now_.monotonic_ns += kStepNs;
      now_.boot_ns += kStepNs;
    }
  }
  // Before the first tick.
  void Pass(double seconds) {
    now_.monotonic_ns += static_cast<int64_t>(1e9 * seconds);
    now_.boot_ns = now_.monotonic_ns;
  }
  double seconds() const { return 1e-9 * now_.monotonic_ns; }
  void Sleep(double seconds) {
    now_.boot_ns += static_cast<int64_t>(1e9 * seconds);
  }

  // A smaller engine is there only once it is given.
  bool loads_slowly = false;
  void GiveSmaller(const NamedEngine& engine) { smaller_.set_value(engine); }

  DaemonStatus status() const {
    DaemonStatus status;
    supervisor_->AddTo(&status);
    return status;
  }
  Supervisor& supervisor() { return *supervisor_; }
  FakeBackend& backend() { return *backend_; }
  AudioPath& path() { return path_; }
  const std::string& log_text() const { return log_text_; }

 private:
  static AudioPathParams PathParams() {
    AudioPathParams params;
    params.engine = UnitSource();
    params.clock = &VirtualClock;
    return params;
  }

  SupervisorTime now_;
  std::promise<std::optional<NamedEngine>> smaller_;
  std::string log_text_;
  AudioPath path_;
  Log log_;
  FakeBackend* backend_;
  std::unique_ptr<Supervisor> supervisor_;
};

inline FakeBackendParams WithEvents(const std::vector<FakeEvent>& events) {
  FakeBackendParams params;
  params.device.events = events;
  return params;
}

}  // namespace tacet

#endif  // TACET_TESTS_DAEMON_SUPERVISOR_WORLD_H_
