// SPDX-License-Identifier: Apache-2.0
#include "daemon/control_connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/control_json.h"

namespace tacet {
namespace {

constexpr size_t kReadBytes = size_t{16} << 10;
constexpr int64_t kNanosecondsPerMs = 1'000'000;
constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

// The answer as it goes on the wire.
std::string ResultLine(std::optional<int64_t> id,
                       const absl::StatusOr<Json>& result) {
  if (!result.ok()) {
    return ErrorLine(id, std::string(result.status().message()));
  }
  std::string line = AnswerLine(id, *result);
  if (line.size() <= kMaxAnswerBytes) return line;
  return ErrorLine(id, absl::StrCat("the answer has ", line.size(),
                                    " bytes, more than ", kMaxAnswerBytes));
}

}  // namespace

ControlConnection::ControlConnection(int fd, ControlHandler* handler,
                                     const ControlLimits& limits,
                                     int64_t now_ns)
    : fd_(fd),
      handler_(handler),
      limits_(limits),
      now_ns_(now_ns),
      idle_since_ns_(now_ns) {}

ControlConnection::~ControlConnection() { Close(); }

short ControlConnection::events() const {
  if (!output_.empty()) return POLLOUT;
  return end_of_input_ || ending_ || HasRequest() ? 0 : POLLIN;
}

int64_t ControlConnection::due_ns() const {
  if (!output_.empty()) {
    if (output_since_ns_ < 0) return now_ns_;
    return output_since_ns_ + limits_.write_ms * kNanosecondsPerMs;
  }
  if (HasRequest() || ending_) return now_ns_;
  int64_t due = kNever;
  if (request_since_ns_ >= 0) {
    due = request_since_ns_ + limits_.request_ms * kNanosecondsPerMs;
  } else if (!is_subscribed() && num_waiting_ == 0) {
    due = idle_since_ns_ + limits_.idle_ms * kNanosecondsPerMs;
  }
  if (subscription_.has_value()) due = std::min(due, subscription_->due_ns);
  if (listener_.has_value()) due = std::min(due, audio_.due_ns);
  return due;
}

void ControlConnection::Handle(short revents, int64_t now_ns) {
  now_ns_ = now_ns;
  if ((revents & (POLLERR | POLLNVAL)) != 0) return Close();
  Flush();
  if ((revents & (POLLIN | POLLHUP)) != 0 && events() == POLLIN) Read();
  HandleLines();
  SendMeters();
  SendAudio();
  Flush();
  CheckTimes();
  if (closed() || !output_.empty()) return;
  const bool served = end_of_input_ && !HasRequest() && num_waiting_ == 0;
  // After a hang-up nobody is left to read an answer that comes later.
  const bool gone = end_of_input_ && !HasRequest() && (revents & POLLHUP) != 0;
  if (ending_ || served || gone) Close();
}

void ControlConnection::Read() {
  char bytes[kReadBytes];
  const ssize_t count = recv(fd_, bytes, sizeof bytes, MSG_DONTWAIT);
  if (count < 0) {
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) Close();
    return;
  }
  if (count == 0) {
    end_of_input_ = true;
    // A last request need not have its newline.
    if (!input_.empty() && !HasRequest()) input_.push_back('\n');
    return;
  }
  input_.append(bytes, static_cast<size_t>(count));
}

void ControlConnection::HandleLines() {
  for (int i = 0; i < limits_.max_requests_per_turn; ++i) {
    if (closed() || ending_ || !output_.empty()) return;
    const size_t end = input_.find('\n');
    if (end > kMaxRequestBytes && input_.size() > kMaxRequestBytes) {
      return Reject(
          absl::StrCat("a request has more than ", kMaxRequestBytes, " bytes"));
    }
    if (end == input_.npos) break;
    const std::string line = input_.substr(0, end);
    input_.erase(0, end + 1);
    request_since_ns_ = -1;
    HandleLine(line);
    Flush();
  }
  if (input_.empty() || HasRequest()) {
    request_since_ns_ = -1;
  } else if (request_since_ns_ < 0) {
    request_since_ns_ = now_ns_;
  }
}

void ControlConnection::HandleLine(std::string_view line) {
  idle_since_ns_ = now_ns_;
  const absl::StatusOr<Request> request = ParseRequest(line);
  if (!request.ok()) return Reject(std::string(request.status().message()));
  if (request->command == "subscribe") {
    output_ += ResultLine(request->id, Subscribe(*request));
    return;
  }
  if (request->command == "monitor") {
    output_ += ResultLine(request->id, Monitor(*request));
    return;
  }
  if (num_waiting_ >= limits_.max_waiting) {
    output_ += ErrorLine(request->id, absl::StrCat(num_waiting_,
                                                   " requests of this client "
                                                   "wait for their answers"));
    return;
  }
  Dispatch(*request, handler_, MakeReply(request->id));
}

void ControlConnection::Reject(std::string_view message) {
  input_.clear();
  request_since_ns_ = -1;
  subscription_.reset();
  listener_.reset();
  output_ += ErrorLine(std::nullopt, message);
  ending_ = true;
}

absl::StatusOr<Json> ControlConnection::Subscribe(const Request& request) {
  const absl::StatusOr<double> hz = request.Number("hz");
  if (!hz.ok()) return hz.status();
  constexpr double kMinHz = 0.1;
  if (*hz < kMinHz || *hz > kMaxSubscribeHz) {
    return absl::InvalidArgumentError(absl::StrCat(
        "hz: ", *hz, ", expected ", kMinHz, " to ", kMaxSubscribeHz));
  }
  const auto period_ns = static_cast<int64_t>(kNanosecondsPerSecond / *hz);
  subscription_ = Subscription{request.id, period_ns, now_ns_ + period_ns};
  return Json::object();
}

absl::StatusOr<Json> ControlConnection::Monitor(const Request& request) {
  MonitorFeed* const feed = handler_->Monitor();
  if (feed == nullptr) {
    return absl::FailedPreconditionError("monitor: no audio to watch");
  }
  constexpr int64_t kPeriodNs = kNanosecondsPerSecond / kMonitorHz;
  listener_.emplace(feed);
  audio_ = Subscription{request.id, kPeriodNs, now_ns_ + kPeriodNs};
  return Json::object();
}

JsonReply ControlConnection::MakeReply(std::optional<int64_t> id) {
  ++num_waiting_;
  auto replied = std::make_shared<bool>(false);
  return [weak = weak_from_this(), replied = std::move(replied),
          id](const absl::StatusOr<Json>& result) {
    if (std::exchange(*replied, true)) return;
    if (const auto connection = weak.lock()) connection->Finish(id, result);
  };
}

void ControlConnection::Finish(std::optional<int64_t> id,
                               const absl::StatusOr<Json>& result) {
  --num_waiting_;
  idle_since_ns_ = now_ns_;
  if (closed() || ending_) return;
  output_ += ResultLine(id, result);
}

void ControlConnection::SendMeters() {
  if (closed() || ending_ || !subscription_.has_value()) return;
  if (now_ns_ < subscription_->due_ns) return;
  subscription_->due_ns = NextDue(*subscription_);
  if (!output_.empty()) return;
  output_ = MetersLine(subscription_->id, MetersJson(handler_->Status()));
}

// While the client reads too slowly, the listener's frames wait for it, up to
// MonitorFeed::kHistoryFrames.
void ControlConnection::SendAudio() {
  if (closed() || ending_ || !listener_.has_value()) return;
  if (now_ns_ < audio_.due_ns || !output_.empty()) return;
  audio_.due_ns = NextDue(audio_);
  const MonitorFrames frames = listener_->Take();
  if (frames.num_frames > 0) output_ = AudioLine(audio_.id, AudioJson(frames));
}

// Frames that were missed stay away: a late loop does not burst.
int64_t ControlConnection::NextDue(const Subscription& subscription) const {
  const int64_t late_ns = now_ns_ - subscription.due_ns;
  return subscription.due_ns +
         (late_ns / subscription.period_ns + 1) * subscription.period_ns;
}

void ControlConnection::Flush() {
  if (closed() || output_.empty()) return;
  const ssize_t count =
      send(fd_, output_.data(), output_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count < 0) {
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) Close();
  } else if (count > 0) {
    output_.erase(0, static_cast<size_t>(count));
    output_since_ns_ = now_ns_;
  }
  if (output_.empty()) {
    output_since_ns_ = -1;
    idle_since_ns_ = now_ns_;
  } else if (output_since_ns_ < 0) {
    output_since_ns_ = now_ns_;
  }
}

void ControlConnection::CheckTimes() {
  if (closed()) return;
  if (!output_.empty()) {
    if (now_ns_ >= due_ns()) Close();
    return;
  }
  const auto is_over = [this](int64_t since_ns, int limit_ms) {
    return now_ns_ - since_ns >= limit_ms * kNanosecondsPerMs;
  };
  if (request_since_ns_ >= 0) {
    if (is_over(request_since_ns_, limits_.request_ms)) {
      Reject("half a request, and the rest did not come");
      Flush();
    }
    return;
  }
  const bool may_idle =
      is_subscribed() || num_waiting_ > 0 || HasRequest() || ending_;
  if (!may_idle && is_over(idle_since_ns_, limits_.idle_ms)) Close();
}

void ControlConnection::Close() {
  if (fd_ < 0) return;
  close(fd_);
  fd_ = -1;
  output_.clear();
  input_.clear();
  subscription_.reset();
  listener_.reset();
}

}  // namespace tacet
