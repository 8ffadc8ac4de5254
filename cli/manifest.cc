// SPDX-License-Identifier: Apache-2.0
#include "cli/manifest.h"

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <istream>
#include <optional>
#include <string_view>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tacet {
namespace {

absl::StatusOr<std::vector<std::string>> ReadLines(std::istream& in,
                                                   const std::string& name) {
  std::vector<std::string> paths;
  std::string line;
  for (int64_t number = 1; std::getline(in, line); ++number) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.size() > kMaxPathBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, ":", number, ": the path has ", line.size(),
                       " bytes, expected at most ", kMaxPathBytes));
    }
    if (line.find('\0') != std::string::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, ":", number, ": holds a zero byte, not a path"));
    }
    if (!line.empty()) paths.push_back(line);
  }
  if (in.bad()) {
    return absl::DataLossError(absl::StrCat(name, ": cannot read on"));
  }
  return paths;
}

std::optional<int> ParseCount(std::string_view text) {
  int value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 ||
      value > kMaxShards) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ReadManifest(const std::string& path) {
  if (path == "-") return ReadLines(std::cin, "standard input");
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot open"));
  }
  // A folder opens, but does not read.
  file.peek();
  if (file.bad()) {
    return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot read"));
  }
  file.clear();
  return ReadLines(file, path);
}

absl::StatusOr<Shard> ParseShard(const std::string& text) {
  const size_t slash = text.find('/');
  if (slash != std::string::npos) {
    const auto index = ParseCount(std::string_view(text).substr(0, slash));
    const auto count = ParseCount(std::string_view(text).substr(slash + 1));
    if (index.has_value() && count.has_value() && *index <= *count) {
      return Shard{*index, *count};
    }
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "--shard is ", text, ", expected I/N with 1 <= I <= N <= ", kMaxShards));
}

}  // namespace tacet
