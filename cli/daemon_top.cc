// SPDX-License-Identifier: Apache-2.0
#include "cli/daemon_top.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "cli/daemon_report.h"

namespace tacet {
namespace {

constexpr double kFramesPerSecond = 10;
constexpr int kAnswerMs = 2000;
constexpr char kClear[] = "\x1b[H\x1b[J";
constexpr char kHideCursor[] = "\x1b[?25l";
constexpr char kShowCursor[] = "\x1b[?25h";
constexpr char kControlC = 3;

volatile sig_atomic_t end_wanted = 0;

void WantEnd(int) { end_wanted = 1; }

// Keys come one by one and unseen while this lives.
class RawTerminal {
 public:
  RawTerminal() {
    is_raw_ = tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!is_raw_) return;
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    std::fputs(kHideCursor, stdout);
  }
  ~RawTerminal() {
    if (!is_raw_) return;
    tcsetattr(STDIN_FILENO, TCSANOW, &before_);
    std::fputs(kShowCursor, stdout);
    std::fflush(stdout);
  }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  bool is_raw_ = false;
  termios before_ = {};
};

int Columns() {
  winsize size = {};
  constexpr int kUsual = 80;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
    return kUsual;
  }
  return std::clamp<int>(size.ws_col, 40, 200);
}

// Whether the user pressed q or Ctrl-C, or went away.
bool QuitPressed() {
  char keys[64];
  const ssize_t count = read(STDIN_FILENO, keys, sizeof keys);
  if (count <= 0) return count == 0;
  return std::any_of(keys, keys + count, [](char key) {
    return key == 'q' || key == 'Q' || key == kControlC;
  });
}

absl::Status ShowFrames(DaemonClient* client, int num_frames,
                        bool is_terminal) {
  for (int frame = 0; num_frames == 0 || frame < num_frames;) {
    pollfd fds[2] = {{client->fd(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    const bool waiting = !client->HasLine();
    if (waiting) poll(fds, is_terminal ? 2 : 1, kAnswerMs);
    if (end_wanted != 0) return absl::OkStatus();
    if (is_terminal && fds[1].revents != 0 && QuitPressed()) {
      return absl::OkStatus();
    }
    if (waiting && fds[0].revents == 0 && fds[1].revents != 0) continue;
    const absl::StatusOr<Json> meters = client->Receive(kAnswerMs);
    if (!meters.ok()) return meters.status();
    const std::string text = is_terminal
                                 ? kClear + MetersScreen(*meters, Columns())
                                 : MetersLineText(*meters);
    // Whoever reads us may have had enough.
    if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
      return absl::OkStatus();
    }
    ++frame;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RunTop(DaemonClient* client, int num_frames) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action = {};
    action.sa_handler = WantEnd;
    sigaction(number, &action, nullptr);
  }
  signal(SIGPIPE, SIG_IGN);
  const absl::StatusOr<Json> answer =
      client->Ask("subscribe", {{"hz", kFramesPerSecond}}, kAnswerMs);
  if (!answer.ok()) return answer.status();
  const bool is_terminal =
      isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
  if (!is_terminal) return ShowFrames(client, num_frames, false);
  const RawTerminal raw;
  return ShowFrames(client, num_frames, true);
}

}  // namespace tacet
