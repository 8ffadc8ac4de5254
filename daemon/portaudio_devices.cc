// SPDX-License-Identifier: Apache-2.0
#include "daemon/portaudio_devices.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

bool IsOurs(std::string_view device) {
  return device.substr(0, 5) == "tacet";
}

}  // namespace

absl::StatusOr<PaDeviceIndex> FindPortAudioSource(PortAudioApi& api,
                                                  PaHostApiTypeId type,
                                                  std::string_view source) {
  const PaHostApiInfo* host = api.HostApi(type);
  if (source == "default") {
    if (host->defaultInputDevice != paNoDevice) {
      return host->defaultInputDevice;
    }
    return absl::NotFoundError("there is no capture device");
  }
  for (int n = 0; n < host->deviceCount; ++n) {
    const PaDeviceIndex device = api.Device(type, n);
    const PaDeviceInfo* info = api.Info(device);
    if (info->maxInputChannels > 0 && source == info->name &&
        !IsOurs(info->name)) {
      return device;
    }
  }
  return absl::NotFoundError(
      absl::StrCat("there is no capture device ", std::string(source)));
}

absl::StatusOr<PaDeviceIndex> FindPortAudioSink(PortAudioApi& api,
                                                PaHostApiTypeId type,
                                                std::string_view name) {
  const PaHostApiInfo* host = api.HostApi(type);
  if (type == paJACK) {
    if (host->defaultOutputDevice != paNoDevice) {
      return host->defaultOutputDevice;
    }
    return absl::FailedPreconditionError("JACK has no playback ports");
  }
  const auto find = [&](const auto& matches) -> PaDeviceIndex {
    for (int n = 0; n < host->deviceCount; ++n) {
      const PaDeviceIndex device = api.Device(type, n);
      const PaDeviceInfo* info = api.Info(device);
      if (info->maxOutputChannels > 0 && matches(info->name)) return device;
    }
    return paNoDevice;
  };
  for (const std::string_view wanted : {name, std::string_view("tacet")}) {
    const PaDeviceIndex device = find(
        [wanted](std::string_view device) { return device == wanted; });
    if (device != paNoDevice) return device;
  }
  const PaDeviceIndex loopback = find(
      [](const char* device) { return absl::StrContains(device, "Loopback"); });
  if (loopback != paNoDevice) return loopback;
  return absl::FailedPreconditionError(absl::StrCat(
      "ALSA has no virtual microphone: define a PCM called tacet in asoundrc, "
      "or load the module snd-aloop"));
}

std::vector<DeviceInfo> ListPortAudioDevices(PortAudioApi& api,
                                             PaHostApiTypeId type) {
  std::vector<DeviceInfo> devices;
  const PaHostApiInfo* host = api.HostApi(type);
  for (int n = 0; n < host->deviceCount; ++n) {
    const PaDeviceIndex device = api.Device(type, n);
    const PaDeviceInfo* info = api.Info(device);
    if (info->maxInputChannels <= 0 || IsOurs(info->name)) continue;
    DeviceInfo entry;
    entry.name = info->name;
    entry.description = info->name;
    entry.num_channels = info->maxInputChannels;
    entry.sample_rate_hz = static_cast<int>(info->defaultSampleRate);
    entry.is_default = device == host->defaultInputDevice;
    devices.push_back(entry);
  }
  return devices;
}

}  // namespace tacet
