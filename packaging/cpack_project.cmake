# SPDX-License-Identifier: Apache-2.0
# CPack reads it once for each kind of package. An archive holds /etc as well
# only when it is installed by DESTDIR.
if(CPACK_GENERATOR STREQUAL "TGZ")
  set(CPACK_SET_DESTDIR ON)
endif()
