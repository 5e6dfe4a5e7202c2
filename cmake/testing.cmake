# pumphouse_test(NAME SOURCES... LIBS... [LABELS...] [ARGS...]): one GoogleTest binary, one CTest
# entry.
include(GoogleTest)
function(pumphouse_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS;LABELS;ARGS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE project_options ${arg_LIBS} GTest::gmock_main)
  target_compile_definitions(${name} PRIVATE PUMPHOUSE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1 ${arg_ARGS})
  set_tests_properties(${name} PROPERTIES TIMEOUT 120 LABELS "${arg_LABELS}")
endfunction()
