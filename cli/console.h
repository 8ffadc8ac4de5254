// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_CONSOLE_H_
#define TACET_CLI_CONSOLE_H_

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string_view>

namespace tacet {

// What the user sees on standard error: messages, and on a terminal also notes
// and a progress bar with the time left. In a pipe or file there are only
// warnings and errors. Thread: any.
class Console {
 public:
  explicit Console(bool quiet);
  ~Console();

  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  void Error(std::string_view message);
  void Warn(std::string_view message);
  void Note(std::string_view message);  // only on a terminal

  // The bar shows done/total bytes of input and num_done/num_files.
  void StartProgress(int64_t total_bytes, int num_files);
  void Advance(int64_t bytes);
  void FileDone();
  void EndProgress();

 private:
  using Clock = std::chrono::steady_clock;

  void Print(std::string_view prefix, std::string_view message);
  void Draw();
  void Erase();

  const bool is_terminal_;
  const bool quiet_;
  std::mutex mutex_;
  // All below guarded by mutex_.
  int64_t total_bytes_ = 0;
  int64_t done_bytes_ = 0;
  int num_files_ = 0;  // 0: no bar
  int num_done_ = 0;
  bool drawn_ = false;
  Clock::time_point start_;
  Clock::time_point last_drawn_;
};

}  // namespace tacet

#endif  // TACET_CLI_CONSOLE_H_
