# SPDX-License-Identifier: Apache-2.0
# The PulseAudio backend, where libpulse is installed.
pkg_check_modules(PULSE QUIET IMPORTED_TARGET libpulse)
if(PULSE_FOUND)
  include(${CMAKE_CURRENT_SOURCE_DIR}/backend_mailbox.cmake)
  add_library(tacet_backend_pulse STATIC
    pulse_backend.cc pulse_listeners.cc pulse_modules.cc pulse_observer.cc pulse_recorder.cc
    pulse_session.cc pulse_session_streams.cc
    pulse_stream.cc pulse_view.cc pulse_virtual_source.cc)
  target_link_libraries(tacet_backend_pulse
    PUBLIC tacet::daemon tacet_backend_mailbox
    PRIVATE PkgConfig::PULSE Threads::Threads)
else()
  message(STATUS "libpulse is not installed: no PulseAudio backend")
endif()
