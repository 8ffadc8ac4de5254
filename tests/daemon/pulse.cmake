# SPDX-License-Identifier: Apache-2.0
if(NOT TARGET tacet_server_test_support)
  add_library(tacet_server_test_support STATIC child_process.cc)
endif()
if(TARGET tacet_backend_pulse)
  tacet_daemon_test(pulse_test pulse_listeners pulse_modules pulse_view
    LIBS tacet_backend_pulse)
  add_executable(pulse_server_test pulse_backend_test.cc)
  target_link_libraries(pulse_server_test PRIVATE
    tacet_backend_pulse tacet_server_test_support GTest::gtest_main)
  # A sound server each: one after the other, or they would starve each other.
  gtest_discover_tests(pulse_server_test DISCOVERY_MODE PRE_TEST
    PROPERTIES TIMEOUT 60 RUN_SERIAL TRUE LABELS server)
endif()
