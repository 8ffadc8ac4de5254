// SPDX-License-Identifier: Apache-2.0
#include "daemon/jack_recorder.h"

#include <jack/jack.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <span>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "daemon/jack_memory.h"
#include "daemon/stage_timer.h"

namespace tacet {
namespace {

using std::chrono::milliseconds;

// A call takes at most 100 ms; a server that is there answers in a few.
constexpr milliseconds kOpenWait(80);

// What the recorder and its thread share.
struct Recording {
  std::string microphone;
  std::shared_ptr<LoopbackTape> tape;
  jack_port_t* port = nullptr;
  std::atomic<bool> is_lost = false;

  std::mutex mutex;
  std::condition_variable changed;
  bool is_open = false;  // by mutex, as all below
  bool is_over = false;
  int num_others = 0;
  absl::Status status;
};

int OnProcess(jack_nframes_t n, void* data) {
  auto* const recording = static_cast<Recording*>(data);
  const auto* const in =
      static_cast<const float*>(jack_port_get_buffer(recording->port, n));
  recording->tape->Append(std::span(in, n), MonotonicNs());
  return 0;
}

absl::Status Open(Recording* recording, jack_client_t** client,
                  int* num_others) {
  *client = jack_client_open("tacet-latency", JackNoStartServer, nullptr);
  if (*client == nullptr) {
    return absl::UnavailableError("loopback: no JACK server answers");
  }
  const std::string from = absl::StrCat(recording->microphone, ":out_0");
  jack_port_t* const microphone = jack_port_by_name(*client, from.c_str());
  if (microphone == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("loopback: there is no JACK port ", from));
  }
  const char** const others =
      jack_port_get_all_connections(*client, microphone);
  for (int i = 0; others != nullptr && others[i] != nullptr; ++i) {
    ++*num_others;
  }
  jack_free(others);
  recording->port = jack_port_register(*client, "in", JACK_DEFAULT_AUDIO_TYPE,
                                       JackPortIsInput, 0);
  jack_set_process_callback(*client, &OnProcess, recording);
  jack_on_shutdown(
      *client,
      [](void* data) { static_cast<Recording*>(data)->is_lost = true; },
      recording);
  if (recording->port == nullptr || jack_activate(*client) != 0 ||
      jack_connect(*client, from.c_str(), jack_port_name(recording->port)) !=
          0) {
    return absl::UnavailableError(
        absl::StrCat("loopback: cannot listen to JACK port ", from));
  }
  return absl::OkStatus();
}

void Run(const std::shared_ptr<Recording>& recording) {
  jack_client_t* client = nullptr;
  int num_others = 0;
  const absl::Status status = Open(recording.get(), &client, &num_others);
  ReleaseJackMemory();
  {
    std::unique_lock<std::mutex> lock(recording->mutex);
    recording->is_open = true;
    recording->num_others = num_others;
    recording->status = status;
    recording->changed.notify_all();
    recording->changed.wait(lock, [&] { return recording->is_over; });
  }
  if (client != nullptr) jack_client_close(client);
}

class JackRecorder final : public MicrophoneRecorder {
 public:
  explicit JackRecorder(std::shared_ptr<Recording> recording)
      : recording_(std::move(recording)) {
    std::thread([recording = recording_] { Run(recording); }).detach();
    std::unique_lock<std::mutex> lock(recording_->mutex);
    recording_->changed.wait_for(lock, kOpenWait,
                                 [this] { return recording_->is_open; });
  }
  ~JackRecorder() override {
    const std::lock_guard<std::mutex> lock(recording_->mutex);
    recording_->is_over = true;
    recording_->changed.notify_all();
  }

  absl::Status status() const override {
    if (recording_->is_lost.load()) {
      return absl::UnavailableError("loopback: the JACK server is gone");
    }
    const std::lock_guard<std::mutex> lock(recording_->mutex);
    return recording_->status;
  }
  std::optional<int> num_other_listeners() const override {
    const std::lock_guard<std::mutex> lock(recording_->mutex);
    return recording_->num_others;
  }

 private:
  const std::shared_ptr<Recording> recording_;
};

}  // namespace

std::unique_ptr<MicrophoneRecorder> MakeJackRecorder(
    const std::string& microphone, std::shared_ptr<LoopbackTape> tape) {
  auto recording = std::make_shared<Recording>();
  recording->microphone = microphone;
  recording->tape = std::move(tape);
  return std::make_unique<JackRecorder>(std::move(recording));
}

}  // namespace tacet
