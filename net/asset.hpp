// A file embedded in the binary by cmake/assets.cmake.
#pragma once

#include <span>
#include <string_view>

namespace net {
struct asset {
  std::string_view name;
  std::string_view bytes;
};
}  // namespace net
