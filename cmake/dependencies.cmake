# Every third-party package, in one place. All of them are Debian 12 packages (see ci/setup).
# A project that takes us in links what our targets name.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL TRUE)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(OpenSSL 3 REQUIRED)
find_package(pugixml REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
if(PUMPHOUSE_HARNESS)
  find_package(GTest REQUIRED)
endif()
