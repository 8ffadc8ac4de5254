# SPDX-License-Identifier: Apache-2.0
# `tacet simulate`.
target_sources(tacet_cli PRIVATE
  simulate_command.cc simulate_picture.cc simulate_report.cc simulate_run.cc
  simulate_summary.cc simulate_trace.cc)
target_link_libraries(tacet_cli PUBLIC tacet::neuromorphic PRIVATE tacet::chips)
