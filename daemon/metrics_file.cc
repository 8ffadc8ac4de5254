// SPDX-License-Identifier: Apache-2.0
#include "daemon/metrics_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tacet {

absl::Status WriteMetricsFile(const std::string& path, std::string_view text) {
  // node-exporter reads only names that end in .prom, so not this one.
  const std::string beside = path + ".tmp";
  const auto failure = [&path](const char* what) {
    return absl::ErrnoToStatus(errno, absl::StrCat(path, ": ", what));
  };
  // A leftover, and never through somebody's link.
  if (unlink(beside.c_str()) != 0 && errno != ENOENT) {
    return failure("cannot replace the temporary file beside it");
  }
  const int fd =
      open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
           0644);
  if (fd < 0) return failure("cannot write here");
  absl::Status status;
  // node-exporter is another user; a daemon's umask may say 077.
  if (fchmod(fd, 0644) != 0) status = failure("cannot set the mode");
  while (status.ok() && !text.empty()) {
    const ssize_t count = write(fd, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<size_t>(count));
    } else if (errno != EINTR) {
      status = failure("cannot write");
    }
  }
  if (close(fd) != 0 && status.ok()) status = failure("cannot write");
  if (status.ok() && rename(beside.c_str(), path.c_str()) != 0) {
    status = failure("cannot replace");
  }
  if (!status.ok()) unlink(beside.c_str());
  return status;
}

struct MetricsFile::Desk {
  struct Sheet {
    std::string path;
    std::string text;
  };

  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Sheet> next;
  bool ends = false;  // once `next` is written
  bool has_ended = false;
  absl::Status status;
};

MetricsFile::MetricsFile(Writer writer)
    : writer_(std::move(writer)), desk_(std::make_shared<Desk>()) {}

void MetricsFile::Offer(std::string path, std::string text) {
  {
    const std::lock_guard<std::mutex> lock(desk_->mutex);
    if (desk_->next.has_value()) {
      desk_->status.Update(absl::DeadlineExceededError(
          absl::StrCat(desk_->next->path,
                       ": left out, the writing before it is not done yet")));
    }
    desk_->next = Desk::Sheet{std::move(path), std::move(text)};
  }
  desk_->changed.notify_all();
  if (!thread_.joinable()) {
    thread_ =
        std::thread([desk = desk_, writer = writer_] { Run(desk, writer); });
  }
}

absl::Status MetricsFile::TakeStatus() {
  const std::lock_guard<std::mutex> lock(desk_->mutex);
  return std::exchange(desk_->status, absl::OkStatus());
}

absl::Status MetricsFile::End() {
  if (!thread_.joinable()) return TakeStatus();
  std::unique_lock<std::mutex> lock(desk_->mutex);
  desk_->ends = true;
  desk_->changed.notify_all();
  const bool has_ended =
      desk_->changed.wait_for(lock, std::chrono::milliseconds(kLastWaitMs),
                              [this] { return desk_->has_ended; });
  lock.unlock();
  if (has_ended) {
    thread_.join();
    return TakeStatus();
  }
  thread_.detach();  // it owns what it needs
  return absl::DeadlineExceededError(
      absl::StrCat("metrics: not written ", kLastWaitMs, " ms after the end"));
}

void MetricsFile::Run(const std::shared_ptr<Desk>& desk, const Writer& writer) {
  std::unique_lock<std::mutex> lock(desk->mutex);
  while (true) {
    desk->changed.wait(
        lock, [&desk] { return desk->next.has_value() || desk->ends; });
    if (!desk->next.has_value()) break;
    const Desk::Sheet sheet = *std::exchange(desk->next, std::nullopt);
    lock.unlock();
    const absl::Status status = writer(sheet.path, sheet.text);
    lock.lock();
    desk->status.Update(status);
  }
  desk->has_ended = true;
  desk->changed.notify_all();
}

}  // namespace tacet
