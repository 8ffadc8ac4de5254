// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_TESTS_DAEMON_PULSE_SERVER_H_
#define TACET_TESTS_DAEMON_PULSE_SERVER_H_

#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "tests/daemon/child_process.h"

namespace tacet {

// A PulseAudio of its own, without hardware or a message bus. What is played
// into sink feed1 (feed2) is heard by the microphone mic1 (mic2).
class PulseServer {
 public:
  PulseServer() {
    setenv("XDG_RUNTIME_DIR", folder_.path().c_str(), 1);
    setenv("HOME", folder_.path().c_str(), 1);
    setenv("PULSE_SERVER", address().c_str(), 1);
    unsetenv("DBUS_SESSION_BUS_ADDRESS");
  }

  std::string address() const {
    return "unix:" + folder_.path() + "/pulse.sock";
  }
  std::string file(const std::string& name) const {
    return folder_.path() + "/" + name;
  }

  // False: it does not answer within 30 s.
  bool Start() {
    std::vector<std::string> arguments = {
        "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1",
        "--use-pid-file=no", "--disable-shm=yes", "--realtime=no",
        "-L", "module-native-protocol-unix auth-anonymous=1 socket=" +
                  file("pulse.sock"),
        "-L", "module-suspend-on-idle timeout=1"};
    for (const std::string& n : {std::string("1"), std::string("2")}) {
      arguments.insert(
          arguments.end(),
          {"-L", "module-null-sink rate=48000 channels=1 sink_name=feed" + n,
           "-L", "module-remap-source remix=no source_name=mic" + n +
                     " master=feed" + n + ".monitor"});
    }
    process_ = std::make_unique<ChildProcess>(arguments, file("pulseaudio"));
    // A null sink without streams has rendered two seconds ahead; suspended,
    // it begins anew.
    return WaitUntil(
        [this] {
          const std::string sources = Ctl("list short sources");
          return absl::StrContains(sources, "mic2") &&
                 !absl::StrContains(sources, "IDLE") &&
                 !absl::StrContains(sources, "RUNNING") &&
                 Ctl("set-default-source mic1").empty();
        },
        30000);
  }

  // Output of pactl.
  std::string Ctl(const std::string& command) const {
    return OutputOf("timeout 30 pactl -s " + address() + " " + command);
  }
  bool HasSource(const std::string& name) const {
    return absl::StrContains(Ctl("list short sources"), "\t" + name + "\t");
  }
  ChildProcess& process() { return *process_; }

  // Repeats the 16-bit mono file into a sink.
  std::unique_ptr<ChildProcess> Play(const std::string& sink,
                                     const std::string& path) const {
    return std::make_unique<ChildProcess>(
        std::vector<std::string>{"paplay", "--raw", "--format=s16le",
                                 "--rate=48000", "--channels=1",
                                 "--latency-msec=1000", "--device=" + sink,
                                 path},
        file("paplay"));
  }

  std::unique_ptr<ChildProcess> Record(const std::string& source,
                                       const std::string& path) const {
    return std::make_unique<ChildProcess>(
        std::vector<std::string>{"parec", "--raw", "--format=s16le",
                                 "--rate=48000", "--channels=1",
                                 "--latency-msec=20", "--device=" + source},
        path);
  }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace tacet

#endif  // TACET_TESTS_DAEMON_PULSE_SERVER_H_
