// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipewire_connection.h"

#include <pipewire/extensions/metadata.h>
#include <spa/utils/json.h>
#include <spa/utils/result.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "daemon/realtime_scheduling.h"

namespace tacet {
namespace {

using Clock = std::chrono::steady_clock;

// A server of 0.3.65 may for ever stop reading from a client that binds the
// metadata just as its owner, the session manager, starts.
constexpr std::chrono::milliseconds kMetadataAge(500);

// How often the server is asked for a sign of life, and how long it may take.
constexpr std::chrono::seconds kAskEvery(3);
constexpr std::chrono::seconds kAnswerWithin(5);

PipewireProperties ToMap(const spa_dict* dict) {
  PipewireProperties map;
  if (dict == nullptr) return map;
  for (uint32_t i = 0; i < dict->n_items; ++i) {
    if (dict->items[i].value != nullptr) {
      map.emplace(dict->items[i].key, dict->items[i].value);
    }
  }
  return map;
}

int FindPositive(const spa_dict* dict, const char* key) {
  const char* text = dict != nullptr ? spa_dict_lookup(dict, key) : nullptr;
  const long value = text != nullptr ? std::strtol(text, nullptr, 10) : 0;
  return value > 0 && value <= 1 << 20 ? static_cast<int>(value) : 0;
}

// The name in {"name": "..."}, as metadata spells a node; "" where none.
std::string NodeNameInJson(const char* text) {
  if (text == nullptr) return "";
  spa_json outer, object;
  spa_json_init(&outer, text, std::strlen(text));
  if (spa_json_enter_object(&outer, &object) <= 0) return "";
  char key[64];
  while (spa_json_get_string(&object, key, sizeof(key)) > 0) {
    if (std::string_view(key) == "name") {
      char name[1024];
      if (spa_json_get_string(&object, name, sizeof(name)) > 0) return name;
      return "";
    }
    const char* skipped;
    if (spa_json_next(&object, &skipped) <= 0) break;
  }
  return "";
}

PipewireConnection* Self(void* data) {
  return static_cast<PipewireConnection*>(data);
}

}  // namespace

const pw_core_events PipewireConnection::kCoreEvents = [] {
  pw_core_events events = {};
  events.version = PW_VERSION_CORE_EVENTS;
  events.info = [](void* data, const pw_core_info* info) {
    Self(data)->OnCoreInfo(info);
  };
  events.done = [](void* data, uint32_t id, int sequence) {
    if (id == PW_ID_CORE) Self(data)->OnCoreDone(sequence);
  };
  events.error = [](void* data, uint32_t id, int, int result,
                    const char* message) {
    Self(data)->OnCoreError(id, result, message);
  };
  return events;
}();

const pw_registry_events PipewireConnection::kRegistryEvents = [] {
  pw_registry_events events = {};
  events.version = PW_VERSION_REGISTRY_EVENTS;
  events.global = [](void* data, uint32_t id, uint32_t, const char* type,
                     uint32_t, const spa_dict* properties) {
    Self(data)->OnGlobal(id, type, properties);
  };
  events.global_remove = [](void* data, uint32_t id) {
    Self(data)->OnGlobalRemove(id);
  };
  return events;
}();

absl::StatusOr<std::unique_ptr<PipewireConnection>> PipewireConnection::Open(
    bool is_realtime) {
  // Never undone: libpipewire keeps its plug-ins for the next connection.
  static const bool initialised = (pw_init(nullptr, nullptr), true);
  (void)initialised;

  std::unique_ptr<PipewireConnection> self(new PipewireConnection);
  self->loop_ = pw_loop_new(nullptr);
  if (self->loop_ == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("pipewire: no event loop: ", std::strerror(errno)));
  }
  pw_loop_enter(self->loop_);
  // client-rt.conf asks for a real-time data thread: by rlimit, by the portal
  // or by RTKit.
  self->context_ = pw_context_new(
      self->loop_,
      pw_properties_new(PW_KEY_CONFIG_NAME,
                        is_realtime ? "client-rt.conf" : "client.conf",
                        nullptr),
      0);
  if (self->context_ == nullptr) {
    return absl::UnavailableError(absl::StrCat(
        "pipewire: cannot set up the library: ", std::strerror(errno)));
  }
  self->core_ =
      pw_context_connect(self->context_,
                         pw_properties_new(PW_KEY_APP_NAME, "Tacet",
                                           PW_KEY_APP_ID, "tacet", nullptr),
                         0);
  if (self->core_ == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("pipewire: no server: ", std::strerror(errno)));
  }
  pw_core_add_listener(self->core_, &self->core_hook_, &kCoreEvents,
                       self.get());
  self->registry_ = pw_core_get_registry(self->core_, PW_VERSION_REGISTRY, 0);
  if (self->registry_ == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("pipewire: no registry: ", std::strerror(errno)));
  }
  pw_registry_add_listener(self->registry_, &self->registry_hook_,
                           &kRegistryEvents, self.get());
  self->pending_sync_ = pw_core_sync(self->core_, PW_ID_CORE, 0);
  return self;
}

PipewireConnection::~PipewireConnection() {
  DropMetadata();
  if (registry_ != nullptr) {
    spa_hook_remove(&registry_hook_);
    pw_proxy_destroy(reinterpret_cast<pw_proxy*>(registry_));
  }
  if (core_ != nullptr) {
    spa_hook_remove(&core_hook_);
    pw_core_disconnect(core_);
  }
  if (context_ != nullptr) pw_context_destroy(context_);
  if (timer_ != nullptr) pw_loop_destroy_source(loop_, timer_);
  if (loop_ != nullptr) {
    pw_loop_leave(loop_);
    pw_loop_destroy(loop_);
  }
}

int PipewireConnection::longest_period_frames() const {
  constexpr int kUsual = 8192;
  const int frames = FindPositive(&pw_context_get_properties(context_)->dict,
                                  "default.clock.quantum-limit");
  return frames > 0 ? frames : kUsual;
}

void PipewireConnection::Iterate(int timeout_ms) {
  // One turn handles at most 32 events and may leave more behind.
  for (int turn = 0; turn < 16; ++turn) {
    if (pw_loop_iterate(loop_, turn == 0 ? timeout_ms : 0) <= 0) break;
  }
  if (metadata_ == nullptr && metadata_id_ != SPA_ID_INVALID &&
      Clock::now() >= metadata_due_) {
    BindMetadata();
  }
  WatchServer();
}

void PipewireConnection::WatchServer() {
  if (!listed_ || !failure_.empty()) return;
  const Clock::time_point now = Clock::now();
  if (HasDone(asked_)) {  // what came was handled before this
    if (now < asked_at_ + kAskEvery) return;
    asked_ = pw_core_sync(core_, PW_ID_CORE, 0);
    asked_at_ = now;
  } else if (now > asked_at_ + kAnswerWithin) {
    failure_ = absl::StrCat("pipewire: the server has not answered for ",
                            kAnswerWithin.count(), " s");
  }
}

int PipewireConnection::Ask() { return pw_core_sync(core_, PW_ID_CORE, 0); }

bool PipewireConnection::HasDone(int sequence) const {
  // They wrap around.
  return last_done_ != -1 && ((last_done_ - sequence) & SPA_ASYNC_SEQ_MASK) <=
                                 SPA_ASYNC_SEQ_MASK / 2;
}

void PipewireConnection::WakeAfter(std::chrono::milliseconds delay) {
  if (timer_ == nullptr) {
    // Whatever is due then is done after the loop's turn.
    timer_ = pw_loop_add_timer(
        loop_, [](void*, uint64_t) {}, nullptr);
  }
  if (timer_ == nullptr) return;
  timespec due = {.tv_sec = delay.count() / 1000,
                  .tv_nsec = delay.count() % 1000 * 1'000'000};
  pw_loop_update_timer(loop_, timer_, &due, nullptr, false);
}

void PipewireConnection::RunOnDataThread(
    const std::function<void()>& function) {
  const auto run = [](spa_loop*, bool, uint32_t, const void*, size_t,
                      void* data) {
    (*static_cast<const std::function<void()>*>(data))();
    return 0;
  };
  pw_data_loop_invoke(pw_context_get_data_loop(context_), run, 1, nullptr, 0,
                      /*block=*/true,
                      const_cast<std::function<void()>*>(&function));
}

void PipewireConnection::SetRealtime(bool is_realtime) {
  pid_t thread = 0;
  RunOnDataThread([&thread] { thread = gettid(); });
  if (is_realtime) {
    MakeThreadRealtime(thread);
  } else {
    MakeThreadOrdinary(thread);
  }
}

void PipewireConnection::OnGlobal(uint32_t id, const char* type,
                                  const spa_dict* properties) {
  const std::string_view kind = type;
  graph_.Add(id, kind, ToMap(properties));
  if (kind != PW_TYPE_INTERFACE_Metadata || metadata_ != nullptr) return;
  const char* name = properties != nullptr
                         ? spa_dict_lookup(properties, PW_KEY_METADATA_NAME)
                         : nullptr;
  if (name == nullptr || std::string_view(name) != "default") return;
  metadata_id_ = id;
  if (listed_) {
    metadata_due_ = Clock::now() + kMetadataAge;
  } else {
    BindMetadata();
  }
}

void PipewireConnection::BindMetadata() {
  static const pw_metadata_events kMetadataEvents = [] {
    pw_metadata_events events = {};
    events.version = PW_VERSION_METADATA_EVENTS;
    events.property = [](void* data, uint32_t subject, const char* key,
                         const char*, const char* value) {
      return Self(data)->OnMetadata(subject, key, value);
    };
    return events;
  }();
  metadata_ = static_cast<pw_metadata*>(
      pw_registry_bind(registry_, metadata_id_, PW_TYPE_INTERFACE_Metadata,
                       PW_VERSION_METADATA, 0));
  if (metadata_ == nullptr) return;
  pw_metadata_add_listener(metadata_, &metadata_hook_, &kMetadataEvents, this);
}

void PipewireConnection::OnGlobalRemove(uint32_t id) {
  graph_.Remove(id);
  if (id == metadata_id_) {  // the session manager left; another may come
    DropMetadata();
    graph_.SetDefaultSource("");
  }
}

void PipewireConnection::DropMetadata() {
  metadata_id_ = SPA_ID_INVALID;
  if (metadata_ == nullptr) return;
  spa_hook_remove(&metadata_hook_);
  pw_proxy_destroy(reinterpret_cast<pw_proxy*>(metadata_));
  metadata_ = nullptr;
}

int PipewireConnection::OnMetadata(uint32_t subject, const char* key,
                                   const char* value) {
  if (subject != PW_ID_CORE) return 0;
  // No key: all of the subject's are gone.
  if (key == nullptr || std::string_view(key) == "default.audio.source") {
    graph_.SetDefaultSource(key == nullptr ? "" : NodeNameInJson(value));
  }
  return 0;
}

void PipewireConnection::OnCoreInfo(const pw_core_info* info) {
  if ((info->change_mask & PW_CORE_CHANGE_MASK_PROPS) == 0) return;
  default_rate_hz_ = FindPositive(info->props, "default.clock.rate");
  default_period_frames_ = FindPositive(info->props, "default.clock.quantum");
}

void PipewireConnection::OnCoreDone(int sequence) {
  last_done_ = sequence;
  if (sequence != pending_sync_ || listed_) return;
  if (++num_rounds_ < 2) {
    pending_sync_ = pw_core_sync(core_, PW_ID_CORE, 0);
    return;
  }
  listed_ = true;
  asked_ = sequence;
  asked_at_ = Clock::now();
}

void PipewireConnection::OnCoreError(uint32_t id, int result,
                                     const char* message) {
  // Other errors are those of single objects, whose owners see them.
  if (id != PW_ID_CORE || result != -EPIPE || !failure_.empty()) return;
  failure_ = absl::StrCat("pipewire: the server went away (", message, ")");
}

}  // namespace tacet
