// SPDX-License-Identifier: Apache-2.0
// Library tacet_version: apart, since it is made anew with each commit.
#ifndef TACET_MODEL_VERSION_H_
#define TACET_MODEL_VERSION_H_

namespace tacet {

// What all programs print for --version after their name:
// "0.1.0 (commit 0123456789ab, kernels: float scalar, fixed avx512-vbmi-vnni)".
// The number is that of the project in CMakeLists.txt; without a repository or
// TACET_COMMIT, the commit is "unknown". A commit with changes on top ends in
// "+". The kernels are those that this CPU gets.
// Thread: any.  Realtime-safe: yes.
const char* VersionText();

}  // namespace tacet

#endif  // TACET_MODEL_VERSION_H_
