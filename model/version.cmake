# SPDX-License-Identifier: Apache-2.0
# Included: makes tacet_version. As a script, with each build: writes
# version.cc where the commit is another than last time.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(TACET_COMMIT "" CACHE STRING
      "commit that --version shows; empty: that of the source's repository")
  set(version_source ${CMAKE_CURRENT_BINARY_DIR}/version.cc)
  add_custom_target(tacet_commit
    COMMAND ${CMAKE_COMMAND}
      -DTACET_SOURCE_DIR=${CMAKE_SOURCE_DIR} -DTACET_COMMIT=${TACET_COMMIT}
      -DTACET_VERSION=${PROJECT_VERSION} -DTACET_OUTPUT=${version_source}
      -P ${CMAKE_CURRENT_LIST_FILE}
    BYPRODUCTS ${version_source}
    COMMENT "")
  add_library(tacet_version STATIC ${version_source})
  add_library(tacet::version ALIAS tacet_version)
  target_link_libraries(tacet_version PRIVATE tacet::model)
  add_dependencies(tacet_version tacet_commit)
  return()
endif()

set(commit "${TACET_COMMIT}")
if(NOT commit)
  execute_process(
    COMMAND git -C ${TACET_SOURCE_DIR} describe --always --exclude=* --abbrev=12
            --dirty=+
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT commit)
  set(commit unknown)
endif()
configure_file(${CMAKE_CURRENT_LIST_DIR}/version.cc.in ${TACET_OUTPUT} @ONLY)
