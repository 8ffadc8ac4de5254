// SPDX-License-Identifier: Apache-2.0
#include "model/model_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "model/model.h"
#include "model/str_cat.h"

namespace tacet {
namespace {

// Reads until buffer is full or the file ends; returns the bytes read.
absl::StatusOr<size_t> ReadUpTo(int fd, std::span<std::byte> buffer) {
  size_t have = 0;
  while (have < buffer.size()) {
    const ssize_t got = read(fd, buffer.data() + have, buffer.size() - have);
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::ErrnoToStatus(errno, "cannot read");
    have += got;
  }
  return have;
}

}  // namespace

absl::Status CheckModelFileSize(uint64_t size) {
  if (size <= kMaxModelFile) return absl::OkStatus();
  return absl::InvalidArgumentError(
      StrCat("file has ", size, " bytes, expected at most ", kMaxModelFile));
}

absl::StatusOr<AlignedBuffer> ReadModelFile(const std::string& path) {
  // Without O_NONBLOCK, opening a pipe would wait for its writer.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return absl::ErrnoToStatus(errno, "cannot open");
  absl::Cleanup close_fd = [fd] { close(fd); };

  struct stat info;
  if (fstat(fd, &info) != 0) return absl::ErrnoToStatus(errno, "cannot stat");
  if (!S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError("not a regular file");
  }
  absl::Status size = CheckModelFileSize(info.st_size);
  if (!size.ok()) return size;

  AlignedBuffer buffer(info.st_size);
  const absl::StatusOr<size_t> got = ReadUpTo(fd, buffer.mutable_bytes());
  if (!got.ok()) return got.status();
  if (*got != buffer.bytes().size()) {
    return absl::InvalidArgumentError(
        StrCat("read ", *got, " bytes, expected the file's ", info.st_size));
  }
  return buffer;
}

}  // namespace tacet
