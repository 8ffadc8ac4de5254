// SPDX-License-Identifier: Apache-2.0
// The daemon's metrics in a file, written beside the control thread.
#ifndef TACET_DAEMON_METRICS_FILE_H_
#define TACET_DAEMON_METRICS_FILE_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"

namespace tacet {

// Replaces a file of node-exporter's textfile collector, which never sees half
// of one: written beside it, then renamed over it.
//   path  absolute, ends in .prom
// Errors: those of the system, naming the path; the old file is kept.
// Thread: any; a slow disk holds it.  Realtime-safe: no.
absl::Status WriteMetricsFile(const std::string& path, std::string_view text);

// Writes on a thread of its own, so that a slow disk delays no answer. One text
// at most waits while another is written: a newer one takes its place.
// Thread: control.  Realtime-safe: no.
class MetricsFile {
 public:
  using Writer =
      std::function<absl::Status(const std::string& path, std::string_view)>;

  // At its end, for a disk that does not come back.
  static constexpr int kLastWaitMs = 500;

  explicit MetricsFile(Writer writer = WriteMetricsFile);
  ~MetricsFile() { End().IgnoreError(); }

  MetricsFile(const MetricsFile&) = delete;
  MetricsFile& operator=(const MetricsFile&) = delete;

  // Returns at once. The first call starts the thread.
  void Offer(std::string path, std::string text);

  // What became of the writings since it was last asked, the first failure if
  // there were any.
  // Errors: the writer's; DeadlineExceeded: a text waited for the one before it
  // until a newer one came.
  absl::Status TakeStatus();

  // Waits until what was offered last is written, or kLastWaitMs, and says what
  // TakeStatus would. Nothing is offered after it.
  absl::Status End();

 private:
  struct Desk;  // what both threads know

  static void Run(const std::shared_ptr<Desk>& desk, const Writer& writer);

  const Writer writer_;
  // The thread's too, which may outlive this object.
  const std::shared_ptr<Desk> desk_;
  std::thread thread_;
};

}  // namespace tacet

#endif  // TACET_DAEMON_METRICS_FILE_H_
