# SPDX-License-Identifier: Apache-2.0
tacet_test(monitor_test monitor_access_test.cc monitor_queue_test.cc
           LIBS tacet::cli tacet::absl)
foreach(name monitor monitor_hostile)
  add_test(NAME ${name}
    COMMAND ${Python3_EXECUTABLE} -B
            ${CMAKE_CURRENT_SOURCE_DIR}/${name}_test.py
            $<TARGET_FILE:tacet> $<TARGET_FILE:tacetd>
            ${CMAKE_SOURCE_DIR}/tests/testdata/teacher-small.tacet)
  set_tests_properties(${name} PROPERTIES TIMEOUT 240
    ENVIRONMENT "TACET_SANITIZE=${TACET_SANITIZE};${leaks}")
endforeach()
