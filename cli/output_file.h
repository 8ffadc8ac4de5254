// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_CLI_OUTPUT_FILE_H_
#define TACET_CLI_OUTPUT_FILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/draft_file.h"

namespace tacet {

// A file that appears whole or not at all: it is a DraftFile until Commit(),
// and the destructor removes it where there was no commit. Pipes and devices
// have no such protection: they are written straight.
//
// The first failure sticks: later writes fail with the same status, so that
// one check at the end sees all. Thread: one per object.
class OutputFile {
 public:
  // "-" is the standard output. Errors: AlreadyExists if `path` is a file and
  // `force` is false; else what the system says, with the path.
  static absl::StatusOr<std::unique_ptr<OutputFile>> Create(
      const std::string& path, bool force);
  ~OutputFile();

  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Writes at the current position.
  absl::Status Write(const void* data, size_t size);

  // Goes to byte `position`. A pipe cannot go back: what is then written over
  // bytes that are already out is dropped.
  void Seek(int64_t position);

  // Position and size in bytes.
  int64_t position() const { return position_; }
  int64_t size() const { return size_; }

  // True for a pipe or a device, which cannot seek.
  bool sequential() const { return draft_ == nullptr; }
  const std::string& path() const { return path_; }
  const absl::Status& status() const { return status_; }

  // Makes the file durable and gives it its name. Call once.
  absl::Status Commit();

 private:
  OutputFile(std::string path, bool force);

  absl::Status Fail(int error);
  int fd() const { return draft_ != nullptr ? draft_->fd() : fd_; }

  std::string path_;  // as the user gave it
  const bool force_;
  std::unique_ptr<DraftFile> draft_;  // null: written straight, to fd_
  int fd_ = -1;
  int64_t position_ = 0;
  int64_t size_ = 0;
  absl::Status status_;
};

}  // namespace tacet

#endif  // TACET_CLI_OUTPUT_FILE_H_
