# SPDX-License-Identifier: Apache-2.0
# The JACK and ALSA backends, where PortAudio, libjack and libasound are
# installed.
pkg_check_modules(PORTAUDIO QUIET IMPORTED_TARGET portaudio-2.0)
pkg_check_modules(JACK QUIET IMPORTED_TARGET jack)
pkg_check_modules(ALSA QUIET IMPORTED_TARGET alsa)
if(PORTAUDIO_FOUND AND JACK_FOUND AND ALSA_FOUND)
  include(${CMAKE_CURRENT_SOURCE_DIR}/backend_mailbox.cmake)
  add_library(tacet_backend_portaudio STATIC
    alsa_clues.cc jack_memory.cc jack_recorder.cc jack_socket.cc
    portaudio_api.cc portaudio_backend.cc portaudio_devices.cc
    portaudio_host_api.cc portaudio_jack_client.cc portaudio_session.cc
    portaudio_streams.cc)
  target_link_libraries(tacet_backend_portaudio
    PUBLIC tacet::daemon tacet_backend_mailbox PkgConfig::PORTAUDIO
    PRIVATE PkgConfig::JACK PkgConfig::ALSA
    Threads::Threads ${CMAKE_DL_LIBS})
else()
  message(STATUS "PortAudio is not installed: no JACK and ALSA backends")
endif()
