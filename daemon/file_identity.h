// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_FILE_IDENTITY_H_
#define TACET_DAEMON_FILE_IDENTITY_H_

#include <cstdint>
#include <string>

namespace tacet {

// Tells a file from one that was put in its place or written over it.
struct FileIdentity {
  uint64_t device = 0;
  uint64_t node = 0;
  int64_t size = -1;  // bytes; -1: there is no such file
  int64_t modified_ns = 0;

  // Thread: any.  Realtime-safe: no.
  static FileIdentity Of(const std::string& path);

  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

}  // namespace tacet

#endif  // TACET_DAEMON_FILE_IDENTITY_H_
