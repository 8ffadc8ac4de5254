// SPDX-License-Identifier: Apache-2.0
#include "daemon/backend_module.h"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/daemon/ring_client.h"

namespace tacet {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Maps() {
  std::stringstream maps;
  maps << std::ifstream("/proc/self/maps").rdbuf();
  return maps.str();
}

TEST(BackendModule, ThatIsMissingIsAServerThatDoesNotRun) {
  RingClient client(0);
  const auto backend = MakeModuleBackend("jack", "backend-nowhere.so");
  EXPECT_EQ(backend->name(), "jack");
  const absl::Status status = backend->Start({}, &client);
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("backend-nowhere.so"));
  EXPECT_EQ(backend->status().state, BackendState::kStopped);
  EXPECT_EQ(backend->event_fd(), -1);
  EXPECT_FALSE(backend->Devices().ok());
  backend->Dispatch();
  backend->Stop();
}

TEST(BackendModule, LoadsItsLibrariesWithTheFirstStart) {
  setenv("PULSE_SERVER", "unix:/nowhere/pulse.sock", 1);
  RingClient client(0);
  const auto backend = MakeModuleBackend("pulseaudio", TACET_PULSE_MODULE);
  EXPECT_THAT(Maps(), Not(HasSubstr("libpulse.so")));
  EXPECT_TRUE(backend->Start({}, &client).ok());
  EXPECT_THAT(Maps(), HasSubstr("libpulse.so"));
  EXPECT_GE(backend->event_fd(), 0) << "this is not the module's backend";
  for (int i = 0; i < 500 && !backend->status().is_absent; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    backend->Dispatch();
  }
  EXPECT_TRUE(backend->status().is_absent) << "there is no such server";
}

TEST(BackendModule, ChangesItsSourceWhereTheBackendCan) {
  setenv("PULSE_SERVER", "unix:/nowhere/pulse.sock", 1);
  RingClient client(0);
  const auto backend = MakeModuleBackend("pulseaudio", TACET_PULSE_MODULE);
  EXPECT_FALSE(backend->can_set_source()) << "it has not started";
  backend->SetSource("webcam");
  EXPECT_TRUE(backend->Start({}, &client).ok());
  EXPECT_TRUE(backend->can_set_source());
  backend->SetSource("webcam");
}

TEST(BackendModule, HasNoBackendOfAnotherName) {
  RingClient client(0);
  const auto backend = MakeModuleBackend("jack", TACET_PULSE_MODULE);
  const absl::Status status = backend->Start({}, &client);
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("jack"));
}

}  // namespace
}  // namespace tacet
