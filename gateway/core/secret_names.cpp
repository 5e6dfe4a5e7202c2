#include "gateway/core/secret_names.hpp"

#include <algorithm>

#include "net/http_types.hpp"

namespace gateway {

void secret_names::add_field(std::string name) {
  if (!has_field(name)) fields_.push_back(std::move(name));
}

void secret_names::add_parameter(std::string name) {
  if (!has_parameter(name)) parameters_.push_back(std::move(name));
}

bool secret_names::has_field(std::string_view name) const noexcept {
  return std::any_of(fields_.begin(), fields_.end(),
                     [&](const std::string& known) { return net::iequals(known, name); });
}

bool secret_names::has_parameter(std::string_view name) const noexcept {
  return std::find(parameters_.begin(), parameters_.end(), name) != parameters_.end();
}

}  // namespace gateway
