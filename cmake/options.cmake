# The only place that sets compiler flags. Every target of ours links `project_options`.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
# Assertions stay on in every build: a broken invariant must not run on silently.
string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
string(REPLACE "-O3" "-O2" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(project_options INTERFACE)
target_compile_features(project_options INTERFACE cxx_std_20)
set(CMAKE_CXX_EXTENSIONS OFF)
target_include_directories(
  project_options INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                            $<INSTALL_INTERFACE:include/pumphouse>)
# Of our own code only: who uses the harness has warnings of their own.
set(our_warnings -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wold-style-cast)
target_compile_options(
  project_options
  INTERFACE "$<BUILD_INTERFACE:${our_warnings}>"
            # Coroutine frames use matching operators that g++ 12 cannot see through.
            $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>)
if(PUMPHOUSE_WERROR)
  target_compile_options(project_options INTERFACE $<BUILD_INTERFACE:-Werror>)
endif()
if(PUMPHOUSE_SANITIZE)
  target_compile_options(project_options INTERFACE -fsanitize=${PUMPHOUSE_SANITIZE}
                                                   -fno-omit-frame-pointer)
  target_link_options(project_options INTERFACE -fsanitize=${PUMPHOUSE_SANITIZE})
  # The instrumentation makes g++ 12 see uninitialised members inside std::regex.
  target_compile_options(project_options
                         INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  if(PUMPHOUSE_SANITIZE MATCHES thread)
    # Asio has a fence that ThreadSanitizer does not model; g++ warns of each use.
    target_compile_options(project_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  else()
    # clang 14 cannot put the marks of -fsanitize=function in front of coroutine parts.
    target_compile_options(project_options INTERFACE
                           -fno-sanitize-recover=all
                           $<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=function>)
  endif()
endif()
if(PUMPHOUSE_FUZZ)
  target_compile_options(project_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# pumphouse_library(NAME SOURCES... LIBS...): a static library that follows the house rules.
function(pumphouse_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC project_options ${arg_LIBS})
  if(PUMPHOUSE_HARNESS)
    install(TARGETS ${name} EXPORT pumphouse ARCHIVE DESTINATION lib/pumphouse COMPONENT harness)
  endif()
endfunction()
