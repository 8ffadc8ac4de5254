# SPDX-License-Identifier: Apache-2.0
# `tacet monitor`: its page is compiled in.
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd)
target_sources(tacet_cli PRIVATE
  monitor_access.cc monitor_assets.cc monitor_command.cc monitor_queue.cc
  monitor_server.cc monitor_source.cc)
target_link_libraries(tacet_cli PRIVATE PkgConfig::MICROHTTPD)
file(GLOB monitor_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/monitor_*.html
     ${CMAKE_CURRENT_SOURCE_DIR}/monitor_*.css
     ${CMAKE_CURRENT_SOURCE_DIR}/monitor_*.js)
set_source_files_properties(monitor_assets.cc PROPERTIES
  OBJECT_DEPENDS "${monitor_files}"
  COMPILE_DEFINITIONS TACET_CLI_FOLDER="${CMAKE_CURRENT_SOURCE_DIR}")
