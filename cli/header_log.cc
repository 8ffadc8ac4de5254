// SPDX-License-Identifier: Apache-2.0
#include "cli/header_log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "absl/strings/ascii.h"

namespace tacet {
namespace {

// The lines with the size of the samples: WAV, AIFF, AU and 8SVX; and of RF64
// and W64, where libsndfile checks the size of the file alone.
constexpr std::array<std::string_view, 6> kSizes = {
    "data", "SSND", "Data Size", "BODY", "Riff size", "riff"};

constexpr uint64_t kHeaderRoom = 4096;

std::string_view Trim(std::string_view text) {
  while (!text.empty() && absl::ascii_isspace(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && absl::ascii_isspace(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

// A line such as "data : 2000 (should be 1168)".
bool LineSaysTruncated(std::string_view line) {
  const size_t colon = line.find(':');
  const size_t remark = line.find(" (should be ");
  if (colon == line.npos || remark == line.npos || remark < colon) return false;
  const std::string_view name = Trim(line.substr(0, colon));
  if (std::find(kSizes.begin(), kSizes.end(), name) == kSizes.end()) {
    return false;
  }
  const std::string_view number =
      Trim(line.substr(colon + 1, remark - colon - 1));
  uint64_t size = 0;
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), size);
  // A negative one is an unknown one.
  return error == std::errc() && end == number.data() + number.size() &&
         size != 0 && !IsPlaceholderSize(size);
}

}  // namespace

bool IsPlaceholderSize(uint64_t size) {
  for (const int bits : {31, 32, 63}) {
    const uint64_t power = uint64_t{1} << bits;
    if (size <= power && size + kHeaderRoom >= power) return true;
  }
  return size > uint64_t{1} << 63;
}

bool SaysTruncated(std::string_view log) {
  while (!log.empty()) {
    const size_t end = std::min(log.find('\n'), log.size());
    if (LineSaysTruncated(log.substr(0, end))) return true;
    log.remove_prefix(std::min(end + 1, log.size()));
  }
  return false;
}

}  // namespace tacet
