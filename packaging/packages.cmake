# SPDX-License-Identifier: Apache-2.0
# CPack: four Debian packages and one archive. scripts/package.sh runs it.
set(package_tacet tacet)
set(package_library libtacet0)
set(package_development libtacet-dev)
set(package_ladspa tacet-ladspa)
set(CPACK_COMPONENTS_ALL tacet library development ladspa)

# Each package has its licences and its changes.
add_custom_command(OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/changelog.Debian.gz
  COMMAND gzip -9nc ${CMAKE_CURRENT_SOURCE_DIR}/deb/changelog
          > ${CMAKE_CURRENT_BINARY_DIR}/changelog.Debian.gz
  DEPENDS deb/changelog)
add_custom_command(OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/changelog.gz
  COMMAND gzip -9nc ${CMAKE_SOURCE_DIR}/CHANGELOG.md
          > ${CMAKE_CURRENT_BINARY_DIR}/changelog.gz
  DEPENDS ${CMAKE_SOURCE_DIR}/CHANGELOG.md)
add_custom_target(package_docs ALL
  DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/changelog.Debian.gz
          ${CMAKE_CURRENT_BINARY_DIR}/changelog.gz)
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  install(FILES deb/copyright ${CMAKE_CURRENT_BINARY_DIR}/changelog.Debian.gz
                ${CMAKE_CURRENT_BINARY_DIR}/changelog.gz
          DESTINATION ${doc}/${package_${component}} COMPONENT ${component})
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${package_${component}})
  set(CPACK_DEBIAN_${upper}_PACKAGE_SHLIBDEPS ON)
endforeach()

set(CPACK_PACKAGE_NAME tacet)
set(CPACK_PACKAGE_VENDOR Tacet)
set(CPACK_PACKAGE_CONTACT "Tacet maintainers <maintainers@tacet.example>")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CHECKSUM SHA256)
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_SET_DESTDIR OFF)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 1)  # one order of entries

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION sound)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# CPack would put another summary in front of those below.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY
    "${CMAKE_PROJECT_NAME} built using CMake")
set(about "Tacet takes the noise out of speech with a small sparse recurrent neural
network (S5), with a constant delay of 32 ms.
.")
set(CPACK_DEBIAN_TACET_DESCRIPTION "real-time speech denoiser
${about}
This package holds the command tacet for files, and the daemon tacetd, which
offers other programs a microphone without noise on PipeWire, PulseAudio, JACK
and ALSA. It starts nothing by itself; each user may enable it:
systemctl --user enable --now tacetd")
set(CPACK_DEBIAN_TACET_PACKAGE_RECOMMENDS
    "pipewire | pulseaudio | jackd2, rtkit")
set(CPACK_DEBIAN_TACET_PACKAGE_SUGGESTS tacet-ladspa)
set(CPACK_DEBIAN_TACET_PACKAGE_CONTROL_EXTRA
    ${CMAKE_CURRENT_SOURCE_DIR}/deb/conffiles)

set(CPACK_DEBIAN_LIBRARY_DESCRIPTION "real-time speech denoiser, library
${about}
This package holds the library with the C interface.")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA
    ${CMAKE_CURRENT_SOURCE_DIR}/deb/shlibs
    ${CMAKE_CURRENT_SOURCE_DIR}/deb/triggers)

set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION
    "real-time speech denoiser, development files
${about}
This package holds the header, pkg-config and CMake files, the manual page and
examples in C and Python.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "libtacet0 (= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})")

set(CPACK_DEBIAN_LADSPA_DESCRIPTION "real-time speech denoiser, LADSPA plugin
${about}
This package holds a plugin, mono and linked stereo, for hosts such as
PipeWire, ffmpeg and Audacity.")
set(CPACK_DEBIAN_LADSPA_PACKAGE_ENHANCES pipewire)

# One archive of everything.
set(CPACK_ARCHIVE_COMPONENT_INSTALL OFF)
set(CPACK_PACKAGE_FILE_NAME
    tacet-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_SOURCE_DIR}/cpack_project.cmake)
include(CPack)
