# The harness for other projects: find_package(pumphouse), or FetchContent; docs/testing.md says how.
# Targets: pumphouse::fixtures (GoogleTest), pumphouse::matchers (frames only), pumphouse::stage
# (neither).
if(NOT PUMPHOUSE_HARNESS)
  return()
endif()
foreach(each stage matchers fixtures)
  set_target_properties(harness_${each} PROPERTIES EXPORT_NAME ${each})
  add_library(pumphouse::${each} ALIAS harness_${each})
endforeach()

include(CMakePackageConfigHelpers)
set(package_folder lib/cmake/pumphouse)
install(TARGETS project_options EXPORT pumphouse COMPONENT harness)
install(EXPORT pumphouse NAMESPACE pumphouse:: DESTINATION ${package_folder} COMPONENT harness
        FILE pumphouse-targets.cmake)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/pumphouse-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/pumphouse-config-version.cmake
              ${PROJECT_SOURCE_DIR}/cmake/pumphouse-config.cmake
        DESTINATION ${package_folder} COMPONENT harness)
foreach(room stomp ws crypto net gateway mockbroker stomp-client harness)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${room} DESTINATION include/pumphouse COMPONENT harness
          FILES_MATCHING PATTERN "*.hpp" PATTERN "*.def" PATTERN "pytest" EXCLUDE)
endforeach()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/harness/pytest/ DESTINATION share/pumphouse/pytest COMPONENT harness
        FILES_MATCHING PATTERN "*.py" PATTERN "pyproject.toml" PATTERN "__pycache__" EXCLUDE
        PATTERN "build" EXCLUDE)
