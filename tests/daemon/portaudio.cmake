# SPDX-License-Identifier: Apache-2.0
if(NOT TARGET tacet_server_test_support)
  add_library(tacet_server_test_support STATIC child_process.cc)
endif()
if(TARGET tacet_backend_portaudio)
  pkg_check_modules(JACK REQUIRED QUIET IMPORTED_TARGET jack)
  tacet_daemon_test(portaudio_test alsa_clues jack_socket portaudio_backend portaudio_gap_detector
    LIBS tacet_backend_portaudio tacet_server_test_support)
  add_executable(portaudio_server_test
    portaudio_alsa_test.cc portaudio_jack_test.cc)
  target_link_libraries(portaudio_server_test PRIVATE
    tacet_backend_portaudio tacet_server_test_support tacet::absl
    PkgConfig::JACK GTest::gtest_main)
  # ALSA's plug-ins leak, and are unloaded before they could be named; for leaks
  # of ours there is portaudio_test. ThreadSanitizer does not see how libjack,
  # libpulse and PortAudio keep threads apart, ours among them.
  if(NOT TACET_SANITIZE MATCHES thread)
    gtest_discover_tests(portaudio_server_test DISCOVERY_MODE PRE_TEST
      PROPERTIES TIMEOUT 60 RUN_SERIAL TRUE LABELS server
      ENVIRONMENT ASAN_OPTIONS=detect_leaks=0)
  endif()
endif()
