// SPDX-License-Identifier: Apache-2.0
#include "model/sha256.h"

#include <nettle/sha2.h>

#include <array>
#include <cstdint>

#include "absl/strings/escaping.h"

namespace tacet {

std::string Sha256Hex(std::span<const std::byte> bytes) {
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, bytes.size(),
                reinterpret_cast<const uint8_t*>(bytes.data()));
  std::array<uint8_t, SHA256_DIGEST_SIZE> digest;
  sha256_digest(&context, digest.size(), digest.data());
  return absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(digest.data()), digest.size()));
}

}  // namespace tacet
