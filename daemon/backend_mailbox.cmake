# SPDX-License-Identifier: Apache-2.0
# What the backends with a thread of their own share.
include_guard()
add_library(tacet_backend_mailbox STATIC backend_mailbox.cc)
target_link_libraries(tacet_backend_mailbox
  PUBLIC tacet::absl PRIVATE Threads::Threads)
