// SPDX-License-Identifier: Apache-2.0
// Programs that tests run beside themselves: sound servers, players, recorders.
#ifndef TACET_TESTS_DAEMON_CHILD_PROCESS_H_
#define TACET_TESTS_DAEMON_CHILD_PROCESS_H_

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace tacet {

// A folder of its own that goes with its contents.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A program found in PATH, ended with its object and with the test.
class ChildProcess {
 public:
  // output: file for its standard output; its errors go to output + ".err".
  ChildProcess(const std::vector<std::string>& arguments,
               const std::string& output);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void Signal(int signal);
  // Ends it at once and waits for that.
  void Kill();
  bool HasEnded();

 private:
  pid_t pid_ = -1;
};

// Programs that are started later run in real time where that is allowed, as a
// desktop's sound server does. A test of lost samples is then one of ours, not
// of the machine's load.
void UseRealtimeScheduling();
bool IsInstalled(const std::string& program);
// Standard output of a shell command; its errors are dropped.
std::string OutputOf(const std::string& command);
// Asks every 5 ms; false: it did not come true in time.
bool WaitUntil(const std::function<bool()>& condition, int limit_ms);
std::vector<char> ReadAll(const std::string& path);

}  // namespace tacet

#endif  // TACET_TESTS_DAEMON_CHILD_PROCESS_H_
