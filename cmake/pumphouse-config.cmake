# What our libraries link, then the libraries.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(Boost 1.81 COMPONENTS json url)
find_dependency(OpenSSL 3)
find_dependency(pugixml)
find_dependency(spdlog)
find_dependency(GTest)
include(${CMAKE_CURRENT_LIST_DIR}/pumphouse-targets.cmake)
