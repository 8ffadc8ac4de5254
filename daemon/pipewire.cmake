# SPDX-License-Identifier: Apache-2.0
# The native PipeWire backend, where libpipewire is there.
pkg_check_modules(PIPEWIRE IMPORTED_TARGET libpipewire-0.3>=0.3.60)
if(NOT PIPEWIRE_FOUND)
  message(STATUS "libpipewire-0.3 not found: no PipeWire backend")
  return()
endif()

add_library(tacet_backend_pipewire STATIC
  pipewire_backend.cc pipewire_backend_status.cc pipewire_connection.cc
  pipewire_cycle.cc
  pipewire_duplex.cc pipewire_graph.cc pipewire_links.cc pipewire_recorder.cc)
target_link_libraries(tacet_backend_pipewire
  PUBLIC tacet::daemon tacet::absl PkgConfig::PIPEWIRE)
