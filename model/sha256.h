// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_MODEL_SHA256_H_
#define TACET_MODEL_SHA256_H_

#include <cstddef>
#include <span>
#include <string>

namespace tacet {

// Returns the SHA-256 of bytes as 64 lower-case hexadecimal digits.
// Source: FIPS 180-4, by nettle. Thread: any. Realtime-safe: no.
std::string Sha256Hex(std::span<const std::byte> bytes);

}  // namespace tacet

#endif  // TACET_MODEL_SHA256_H_
