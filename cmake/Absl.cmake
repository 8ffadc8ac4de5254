# SPDX-License-Identifier: Apache-2.0
# tacet::absl: what we use of abseil, and all that this needs. Into programs the
# archives are linked, where there are any: Debian splits abseil into shared
# objects of a few pages each, and a daemon that needs 30 of them pays for a
# megabyte. Into libraries of ours, which the archives were not made for, the
# shared objects.
find_package(absl REQUIRED)
option(TACET_STATIC_ABSL "link abseil's archives into programs" ON)

set(used absl::cleanup absl::status absl::statusor absl::str_format
    absl::strings)
set(needed ${used})
set(archives "")
while(needed)
  list(POP_FRONT needed target)
  list(APPEND seen ${target})
  get_target_property(libraries ${target} INTERFACE_LINK_LIBRARIES)
  foreach(library IN LISTS libraries)
    if(TARGET ${library} AND NOT library IN_LIST seen AND
       NOT library IN_LIST needed)
      list(APPEND needed ${library})
    endif()
  endforeach()
  get_target_property(type ${target} TYPE)
  if(NOT type STREQUAL INTERFACE_LIBRARY)
    get_target_property(shared ${target} LOCATION)
    string(REGEX REPLACE "\\.so[.0-9]*$" ".a" archive "${shared}")
    if(NOT EXISTS "${archive}")
      set(TACET_STATIC_ABSL OFF)
    endif()
    list(APPEND archives ${archive})
  endif()
endwhile()

add_library(tacet_absl INTERFACE)
add_library(tacet::absl ALIAS tacet_absl)
if(TACET_STATIC_ABSL)
  set(is_program $<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>)
  list(JOIN archives "," archives)
  target_link_libraries(tacet_absl INTERFACE
    "$<${is_program}:$<LINK_GROUP:RESCAN,${archives}>>" Threads::Threads)
  foreach(target IN LISTS used)
    target_link_libraries(tacet_absl INTERFACE
      "$<$<NOT:${is_program}>:${target}>")
  endforeach()
else()
  target_link_libraries(tacet_absl INTERFACE ${used})
endif()
