# SPDX-License-Identifier: Apache-2.0
if(NOT TARGET tacet_backend_pipewire)
  return()
endif()
if(NOT TARGET tacet_server_test_support)
  add_library(tacet_server_test_support STATIC child_process.cc)
endif()

tacet_daemon_test(pipewire_graph_test pipewire_graph
  LIBS tacet_backend_pipewire)

# One server for all tests of the program, and no other sound server beside it.
add_executable(pipewire_e2e_test pipewire_e2e_test.cc)
target_link_libraries(pipewire_e2e_test PRIVATE
  tacet_backend_pipewire tacet_server_test_support
  tacet::test_support GTest::gtest_main)
add_test(NAME pipewire_e2e
  COMMAND ${CMAKE_SOURCE_DIR}/scripts/e2e/pipewire_backend.sh
          $<TARGET_FILE:pipewire_e2e_test>)
set_tests_properties(pipewire_e2e PROPERTIES
  TIMEOUT 60 RUN_SERIAL TRUE SKIP_RETURN_CODE 77 LABELS server)
