# `cmake --install`: the library, the public headers and a package for find_package(cocodec CONFIG).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(place ${CMAKE_INSTALL_LIBDIR}/cmake/cocodec)
install(TARGETS cocodec_core EXPORT cocodecTargets INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY include/cocodec DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT cocodecTargets NAMESPACE cocodec:: DESTINATION ${place})

configure_package_config_file(cmake/cocodecConfig.cmake.in ${PROJECT_BINARY_DIR}/cocodecConfig.cmake
                              INSTALL_DESTINATION ${place})
# Until 1.0 a minor version may change interfaces.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cocodecConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cocodecConfig.cmake
              ${PROJECT_BINARY_DIR}/cocodecConfigVersion.cmake DESTINATION ${place})
