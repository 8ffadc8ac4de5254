// SPDX-License-Identifier: Apache-2.0
#include "cli/monitor_source.h"

#include <poll.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace tacet {
namespace {

constexpr double kMetersHz = 10;
constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kNanosecondsPerMs = 1'000'000;

}  // namespace

void MonitorSource::SetWatched(bool watched) {
  if (std::exchange(is_watched_, watched) == watched) return;
  stream_.reset();
  due_ns_ = 0;
}

int MonitorSource::TimeoutMs(int64_t now_ns) const {
  if (!is_watched_) return -1;
  if (stream_ != nullptr && stream_->HasLine()) return 0;
  return static_cast<int>(std::max<int64_t>(0, due_ns_ - now_ns) /
                          kNanosecondsPerMs) +
         1;
}

void MonitorSource::Run(int64_t now_ns) {
  if (!is_watched_) return;
  absl::Status status;
  if (stream_ != nullptr) status = Receive();
  if (status.ok() && now_ns >= due_ns_) {
    due_ns_ = now_ns + kSecondNs;
    if (stream_ == nullptr) status = Connect();
    if (status.ok()) status = AskLatency();
  }
  if (status.ok()) return;
  stream_.reset();
  due_ns_ = now_ns + kSecondNs;
  publish_("daemon", {{"error", std::string(status.message())}});
}

absl::Status MonitorSource::Connect() {
  absl::StatusOr<std::unique_ptr<DaemonClient>> client =
      DaemonClient::Connect();
  if (!client.ok()) return client.status();
  stream_ = *std::move(client);
  for (const auto& [command, arguments] :
       {std::pair<const char*, Json>("monitor", Json::object()),
        std::pair<const char*, Json>("subscribe", {{"hz", kMetersHz}})}) {
    // An audio line may come before the second answer.
    const absl::StatusOr<Json> answer =
        stream_->Ask(command, arguments, kAnswerMs);
    if (!answer.ok()) return answer.status();
    Handle(*answer);
  }
  return absl::OkStatus();
}

absl::Status MonitorSource::Receive() {
  pollfd input = {stream_->fd(), POLLIN, 0};
  if (!stream_->HasLine() && poll(&input, 1, 0) <= 0) return absl::OkStatus();
  // Few at a time: browsers wait, too.
  for (int i = 0; i < 8; ++i) {
    const absl::StatusOr<Json> line = stream_->Receive(0);
    if (absl::IsDeadlineExceeded(line.status())) break;  // not all is there
    if (!line.ok()) return line.status();
    Handle(*line);
    if (!stream_->HasLine()) break;
  }
  return absl::OkStatus();
}

absl::Status MonitorSource::AskLatency() {
  absl::StatusOr<std::unique_ptr<DaemonClient>> client =
      DaemonClient::Connect();
  if (!client.ok()) return client.status();
  const absl::StatusOr<Json> latency =
      (*client)->Ask("latency", Json::object(), kAnswerMs);
  if (!latency.ok()) return latency.status();
  publish_("latency", *latency);
  return absl::OkStatus();
}

// An answer to `monitor` or `subscribe` holds neither.
void MonitorSource::Handle(const Json& line) {
  if (line.contains("input")) publish_("audio", line);
  if (line.contains("levels")) publish_("meters", line);
}

}  // namespace tacet
