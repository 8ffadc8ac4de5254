# SPDX-License-Identifier: Apache-2.0
add_library(tacet_control_test_support STATIC control_fake_handler.cc)
target_link_libraries(tacet_control_test_support PUBLIC tacet::control)

tacet_test(control_test
  control_dispatch_test.cc control_json_test.cc control_server_test.cc
  control_server_hostile_test.cc control_socket_test.cc metrics_file_test.cc
  metrics_text_test.cc protocol_test.cc
  LIBS tacet_control_test_support tacet::absl)

# A daemon without audio, for tests of the command.
add_executable(control_test_server control_test_server.cc)
target_link_libraries(control_test_server PRIVATE tacet_control_test_support)

find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME ControlE2e.CommandAgainstTestServer
         COMMAND ${Python3_EXECUTABLE} -B
                 ${CMAKE_CURRENT_SOURCE_DIR}/control_e2e_test.py
                 --tacet $<TARGET_FILE:tacet>
                 --server $<TARGET_FILE:control_test_server>)
set_tests_properties(ControlE2e.CommandAgainstTestServer
                     PROPERTIES TIMEOUT 120)
if(TARGET tacetd)
  add_test(NAME ControlE2e.CommandAgainstDaemon
           COMMAND ${Python3_EXECUTABLE} -B
                   ${CMAKE_CURRENT_SOURCE_DIR}/control_e2e_test.py
                   --tacet $<TARGET_FILE:tacet>
                   --tacetd $<TARGET_FILE:tacetd>)
  set_tests_properties(ControlE2e.CommandAgainstDaemon PROPERTIES TIMEOUT 120)
endif()
if(TARGET tacetd)
  add_test(NAME Monitor.DaemonEndToEnd
    COMMAND ${Python3_EXECUTABLE} -B
            ${CMAKE_CURRENT_SOURCE_DIR}/monitor_e2e_test.py
            $<TARGET_FILE:tacetd>
            ${CMAKE_SOURCE_DIR}/tests/testdata/teacher-small.tacet)
  set_tests_properties(Monitor.DaemonEndToEnd PROPERTIES TIMEOUT 120)
endif()
if(TARGET tacetd)
  add_test(NAME Offload.DaemonEndToEnd
    COMMAND ${Python3_EXECUTABLE} -B
            ${CMAKE_CURRENT_SOURCE_DIR}/offload_e2e_test.py
            $<TARGET_FILE:tacetd> $<TARGET_FILE:tacet>)
  set_tests_properties(Offload.DaemonEndToEnd PROPERTIES TIMEOUT 300)
endif()
