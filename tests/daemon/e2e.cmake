# SPDX-License-Identifier: Apache-2.0
# scripts/e2e: the real tacetd and tacet on real sound servers. One after the
# other: each has a server of its own, and wants the machine to itself.
if(NOT TARGET tacetd OR NOT TARGET tacet)
  return()
endif()
pkg_check_modules(JACK REQUIRED QUIET IMPORTED_TARGET jack)
pkg_check_modules(PIPEWIRE REQUIRED QUIET IMPORTED_TARGET libpipewire-0.3)
add_executable(jack_probe jack_probe.cc)
target_link_libraries(jack_probe PRIVATE PkgConfig::JACK)
add_executable(pipewire_probe pipewire_probe.cc)
target_link_libraries(pipewire_probe PRIVATE PkgConfig::PIPEWIRE)
add_executable(pipewire_listener pipewire_listener.cc)
target_link_libraries(pipewire_listener PRIVATE PkgConfig::PIPEWIRE)
pkg_check_modules(PULSE REQUIRED QUIET IMPORTED_TARGET libpulse)
add_executable(pulse_probe pulse_probe.cc)
target_link_libraries(pulse_probe PRIVATE PkgConfig::PULSE)
# GNU's statement expressions are in the library's headers.
foreach(client pipewire_probe pipewire_listener)
  target_compile_options(${client} PRIVATE -Wno-pedantic
                         -Wno-missing-field-initializers)
endforeach()

add_library(boot_jump MODULE boot_jump.cc)
target_link_libraries(boot_jump PRIVATE ${CMAKE_DL_LIBS})

add_executable(slow_model slow_model.cc)
target_link_libraries(slow_model PRIVATE tacet::model_test_support)

# tacet_e2e(SCRIPT SERVER... [NAME ...] [ARGS ...] [LABELS ...])
#   NAME  of the test, where it is not the script's
function(tacet_e2e script)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "NAME" "ARGS;LABELS")
  if(NOT arg_NAME)
    set(arg_NAME ${script})
  endif()
  foreach(server IN LISTS arg_UNPARSED_ARGUMENTS)
    list(JOIN arg_LABELS "_" suffix)
    set(name E2e.${arg_NAME}_${server})
    if(suffix)
      string(APPEND name _${suffix})
    endif()
    add_test(NAME ${name}
      COMMAND ${CMAKE_SOURCE_DIR}/scripts/e2e/${script}.py
              --tacetd $<TARGET_FILE:tacetd> --tacet $<TARGET_FILE:tacet>
              --jack-probe $<TARGET_FILE:jack_probe>
              --pipewire-probe $<TARGET_FILE:pipewire_probe>
              --pulse-probe $<TARGET_FILE:pulse_probe>
              --server ${server} ${arg_ARGS})
    set_tests_properties(${name} PROPERTIES TIMEOUT 1500 RUN_SERIAL TRUE
                         SKIP_RETURN_CODE 77 LABELS "${arg_LABELS}")
  endforeach()
endfunction()

# Of every run: each real server, two to three minutes in all, and of each thing
# that a desktop does to a daemon the shortest that shows it.
tacet_e2e(bypass jack pipewire pulse ARGS --seconds 3)
tacet_e2e(denoise jack pipewire pulse ARGS --late 1)
tacet_e2e(swaps jack ARGS --swaps 36)
tacet_e2e(restart jack)
tacet_e2e(stopped_daemon jack)
tacet_e2e(suspend jack ARGS --boot-jump $<TARGET_FILE:boot_jump>)
tacet_e2e(device pipewire)

add_test(NAME E2e.waiting
  COMMAND ${CMAKE_SOURCE_DIR}/scripts/e2e/waiting.py
          --tacetd $<TARGET_FILE:tacetd>)
set_tests_properties(E2e.waiting PROPERTIES TIMEOUT 300 RUN_SERIAL TRUE)

# The rest takes minutes, and is for a change of the daemon
# (ctest -L server; docs/daemon.md).
tacet_e2e(leftovers jack LABELS server)
tacet_e2e(bypass pipewire-pulse LABELS server)
tacet_e2e(denoise jack pipewire pulse NAME denoise_neuromorphic
  ARGS --network neuromorphic --period 256 LABELS server)
tacet_e2e(answers pipewire pulse LABELS server)
tacet_e2e(backends jack pipewire pulse LABELS server)
tacet_e2e(restart pipewire pulse LABELS server)
tacet_e2e(leftovers pipewire pulse LABELS server)
tacet_e2e(device pulse LABELS server)
tacet_e2e(set_device pipewire pulse LABELS server)
tacet_e2e(join pipewire pulse LABELS server)
tacet_e2e(one_listener pipewire pulse
  ARGS --boot-jump $<TARGET_FILE:boot_jump> LABELS server)
tacet_e2e(suspend pipewire pulse
  ARGS --boot-jump $<TARGET_FILE:boot_jump> LABELS server)
tacet_e2e(stopped_daemon pipewire pulse LABELS server)
tacet_e2e(swaps pipewire LABELS server)
tacet_e2e(default_source pipewire pulse LABELS server)
tacet_e2e(session_manager pipewire LABELS server)
tacet_e2e(idle pipewire pulse LABELS server)
tacet_e2e(paused_listener pipewire
  ARGS --pipewire-listener $<TARGET_FILE:pipewire_listener> LABELS server)
tacet_e2e(too_slow jack pipewire ARGS --slow-model $<TARGET_FILE:slow_model>
  LABELS server)
tacet_e2e(soak jack pipewire ARGS --seconds 3 LABELS server)
tacet_e2e(loopback jack pipewire pulse LABELS server)
tacet_e2e(realtime pipewire pulse LABELS server)
tacet_e2e(rtkit pulse ARGS --rtkit-fake $<TARGET_FILE:rtkit_fake> LABELS server)
tacet_e2e(memory jack pipewire pulse LABELS server)
# Skipped without chromium.
tacet_e2e(monitor pulse LABELS server)

tacet_e2e(swaps jack pipewire ARGS --swaps 1000 LABELS long)
tacet_e2e(soak jack pipewire ARGS --strict 1 LABELS long)
