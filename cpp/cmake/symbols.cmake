# Which symbols the core shows. A static library shows none to whoever loads what it is linked into;
# a shared one shows the namespace cocodec and what the C header declares, and no template of the
# standard library that happens to be instantiated here.
get_target_property(kind cocodec_core TYPE)
if(NOT kind STREQUAL "SHARED_LIBRARY")
  set_target_properties(cocodec_core PROPERTIES CXX_VISIBILITY_PRESET hidden
                                                VISIBILITY_INLINES_HIDDEN ON)
  return()
endif()

set_target_properties(cocodec_core PROPERTIES CXX_VISIBILITY_PRESET default
                                              WINDOWS_EXPORT_ALL_SYMBOLS ON)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Nobody replaces our functions from outside: they may be inlined all the same.
  target_compile_options(cocodec_core PRIVATE -fno-semantic-interposition)
endif()
if(UNIX AND NOT APPLE)
  set(script ${CMAKE_CURRENT_SOURCE_DIR}/cmake/symbols.map)
  target_link_options(cocodec_core PRIVATE -Wl,--version-script=${script})
  set_target_properties(cocodec_core PROPERTIES LINK_DEPENDS ${script})
endif()
