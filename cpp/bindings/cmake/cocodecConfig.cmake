# The C interface of the installed Python package: component "c_api", target cocodec::c_api, which
# carries <cocodec/cocodec.h> and <cocodec/import.h>. Nothing is linked: the functions come out of the
# package when the module is imported. (The C++ core is another package of the same name: install cpp/.)
get_filename_component(_cocodec_include "${CMAKE_CURRENT_LIST_DIR}/../include" ABSOLUTE)
if(NOT TARGET cocodec::c_api)
  add_library(cocodec::c_api INTERFACE IMPORTED)
  set_target_properties(cocodec::c_api PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${_cocodec_include}")
endif()
unset(_cocodec_include)

set(cocodec_c_api_FOUND TRUE)
foreach(_cocodec_component IN LISTS cocodec_FIND_COMPONENTS)
  if(NOT cocodec_${_cocodec_component}_FOUND AND cocodec_FIND_REQUIRED_${_cocodec_component})
    set(cocodec_FOUND FALSE)
    set(cocodec_NOT_FOUND_MESSAGE
        "the Python package cocodec has no component ${_cocodec_component}, only c_api")
  endif()
endforeach()
unset(_cocodec_component)
