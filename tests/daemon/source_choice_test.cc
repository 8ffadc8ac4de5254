// SPDX-License-Identifier: Apache-2.0
#include "daemon/source_choice.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace tacet {
namespace {

const std::vector<DeviceInfo> kDevices = {
    {.name = "webcam", .description = "A webcam"},
    {.name = "speakers.monitor",
     .description = "Monitor of the speakers",
     .is_monitor = true}};

TEST(SourceChoice, TakesWhatIsThere) {
  for (const char* source :
       {"default", "webcam", "speakers.monitor", "speakers"}) {
    EXPECT_TRUE(CheckSource(source, kDevices).ok()) << source;
  }
}

TEST(SourceChoice, RefusesWhatIsNotAndNamesWhatIs) {
  // A description is no name; nor is a microphone a monitor.
  for (const std::string source :
       {"webcan", "tacet_microphone", "A webcam", "webcam.monitor"}) {
    const absl::Status status = CheckSource(source, kDevices);
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(status.message(),
              "audio.source: no device is named \"" + source +
                  "\"; there are: default, webcam, speakers.monitor");
  }
}

TEST(SourceChoice, TakesAnyNameWhereTheDevicesAreNotKnown) {
  EXPECT_TRUE(CheckSource("webcam", std::vector<DeviceInfo>()).ok());
  EXPECT_TRUE(CheckSource("webcam", absl::UnavailableError("no server")).ok());
}

}  // namespace
}  // namespace tacet
