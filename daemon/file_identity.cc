// SPDX-License-Identifier: Apache-2.0
#include "daemon/file_identity.h"

#include <sys/stat.h>

namespace tacet {

FileIdentity FileIdentity::Of(const std::string& path) {
  struct stat about;
  if (stat(path.c_str(), &about) != 0) return {};
  return {.device = about.st_dev,
          .node = about.st_ino,
          .size = about.st_size,
          .modified_ns = int64_t{1'000'000'000} * about.st_mtim.tv_sec +
                         about.st_mtim.tv_nsec};
}

}  // namespace tacet
