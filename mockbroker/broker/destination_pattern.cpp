#include "mockbroker/broker/destination_pattern.hpp"

namespace mockbroker {

bool is_pattern(std::string_view name) noexcept { return name.find_first_of("*>") != name.npos; }

pattern_shape shape_of(std::string_view pattern) noexcept {
  pattern_shape shape{pattern};
  while (shape.head.ends_with(".>")) {
    shape.head.remove_suffix(2);
    shape.open = true;
  }
  if (shape.head == ">") return {{}, true, true};
  return shape;
}

bool matches_pattern(std::string_view pattern, std::string_view name) noexcept {
  const pattern_shape shape = shape_of(pattern);
  if (shape.any) return true;
  level_reader wanted(shape.head);
  level_reader given(name);
  while (!wanted.done()) {
    if (given.done()) return false;
    const std::string_view w = wanted.next();
    const std::string_view g = given.next();
    if (w != g && w != "*" && !(shape.open && g == "*")) return false;
  }
  return shape.open || given.done();
}

}  // namespace mockbroker
