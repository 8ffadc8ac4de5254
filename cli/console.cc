// SPDX-License-Identifier: Apache-2.0
#include "cli/console.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tacet {
namespace {

constexpr int kBarWidth = 30;
constexpr std::chrono::milliseconds kRedraw(100);
// Before this an estimate of the time left would jump about.
constexpr double kMinSecondsForEstimate = 0.5;

std::string Duration(double seconds) {
  const int64_t s = std::llround(seconds);
  if (s < 3600) return absl::StrFormat("%d:%02d", s / 60, s % 60);
  return absl::StrFormat("%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
}

// Names of files may hold anything, and a terminal obeys some of it.
std::string OneLine(std::string_view message) {
  std::string line(message);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return line;
}

}  // namespace

Console::Console(bool quiet)
    : is_terminal_(isatty(STDERR_FILENO) == 1), quiet_(quiet) {}

Console::~Console() { EndProgress(); }

void Console::Error(std::string_view message) { Print("", message); }

void Console::Warn(std::string_view message) { Print("warning: ", message); }

void Console::Note(std::string_view message) {
  if (is_terminal_ && !quiet_) Print("", message);
}

void Console::Print(std::string_view prefix, std::string_view message) {
  std::lock_guard<std::mutex> lock(mutex_);
  Erase();
  // One write a line, so that lines of several processes do not mix.
  const std::string line =
      absl::StrCat("tacet: ", std::string(prefix), OneLine(message), "\n");
  std::fputs(line.c_str(), stderr);
  Draw();
}

void Console::StartProgress(int64_t total_bytes, int num_files) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!is_terminal_ || quiet_ || total_bytes <= 0) return;
  total_bytes_ = total_bytes;
  num_files_ = num_files;
  start_ = Clock::now();
  Draw();
}

void Console::Advance(int64_t bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  done_bytes_ += bytes;
  if (num_files_ > 0 && Clock::now() - last_drawn_ >= kRedraw) Draw();
}

void Console::FileDone() {
  std::lock_guard<std::mutex> lock(mutex_);
  ++num_done_;
}

void Console::EndProgress() {
  std::lock_guard<std::mutex> lock(mutex_);
  Erase();
  num_files_ = 0;
}

void Console::Draw() {
  if (num_files_ == 0) return;
  const double done = std::clamp(
      static_cast<double>(done_bytes_) / static_cast<double>(total_bytes_), 0.0,
      1.0);
  const int filled = static_cast<int>(done * kBarWidth);
  std::string bar(static_cast<size_t>(filled), '=');
  if (filled < kBarWidth) bar += '>';
  bar.resize(kBarWidth, ' ');
  last_drawn_ = Clock::now();
  const double elapsed =
      std::chrono::duration<double>(last_drawn_ - start_).count();
  std::string line =
      absl::StrFormat("\r[%s] %3d %%", bar, static_cast<int>(done * 100));
  if (num_files_ > 1) {
    line += absl::StrFormat("  %d/%d files", num_done_, num_files_);
  }
  if (done > 0 && elapsed > kMinSecondsForEstimate) {
    line += "  ETA " + Duration(elapsed * (1 - done) / done);
  }
  line += "\x1b[K";  // erase the rest of the line
  std::fputs(line.c_str(), stderr);
  std::fflush(stderr);
  drawn_ = true;
}

void Console::Erase() {
  if (drawn_) std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace tacet
