// SPDX-License-Identifier: Apache-2.0
//
// Stands in for RTKit on the bus that $DBUS_SYSTEM_BUS_ADDRESS names:
//   rtkit_fake grant    makes threads real-time, if it may itself
//   rtkit_fake refuse   says no
//   rtkit_fake silent   never answers
// Prints "ready", then a line "THREAD PRIORITY" for each request.
#include <sched.h>
#include <systemd/sd-bus.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <string>

namespace {

std::string g_manner;

int MakeThreadRealtime(sd_bus_message* message, void*, sd_bus_error* error) {
  uint64_t thread = 0;
  uint32_t priority = 0;
  const int result = sd_bus_message_read(message, "tu", &thread, &priority);
  if (result < 0) return result;
  std::printf("%lu %u\n", static_cast<unsigned long>(thread), priority);
  std::fflush(stdout);
  if (g_manner == "silent") return 1;
  if (g_manner == "refuse") {
    return sd_bus_error_set(error, SD_BUS_ERROR_ACCESS_DENIED,
                            "not for you, says the policy");
  }
  sched_param param = {};
  param.sched_priority = static_cast<int>(priority);
  if (sched_setscheduler(static_cast<pid_t>(thread),
                         SCHED_RR | SCHED_RESET_ON_FORK, &param) != 0) {
    return sd_bus_error_set_errno(error, errno);
  }
  return sd_bus_reply_method_return(message, "");
}

const sd_bus_vtable kInterface[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("MakeThreadRealtime", "tu", "", MakeThreadRealtime,
                  SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  g_manner = argv[1];
  sd_bus* bus = nullptr;
  if (sd_bus_open_system(&bus) < 0 ||
      sd_bus_add_object_vtable(bus, nullptr, "/org/freedesktop/RealtimeKit1",
                               "org.freedesktop.RealtimeKit1", kInterface,
                               nullptr) < 0 ||
      sd_bus_request_name(bus, "org.freedesktop.RealtimeKit1", 0) < 0) {
    return 1;
  }
  std::puts("ready");
  std::fflush(stdout);
  for (;;) {
    const int result = sd_bus_process(bus, nullptr);
    if (result < 0) return 1;
    if (result == 0) sd_bus_wait(bus, UINT64_MAX);
  }
}
