# SPDX-License-Identifier: Apache-2.0
find_package(nlohmann_json REQUIRED)

# What both ends of the control socket know, and all that the command needs.
add_library(tacet_protocol STATIC protocol.cc)
add_library(tacet::protocol ALIAS tacet_protocol)
target_link_libraries(tacet_protocol
  PUBLIC tacet::absl nlohmann_json::nlohmann_json)

# The daemon's end.
add_library(tacet_control STATIC
  control_connection.cc control_dispatch.cc control_json.cc control_server.cc
  control_socket.cc metrics_file.cc metrics_text.cc)
add_library(tacet::control ALIAS tacet_control)
target_link_libraries(tacet_control
  PUBLIC tacet::protocol tacet::daemon
  PRIVATE tacet::absl Threads::Threads)
