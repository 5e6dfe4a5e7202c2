#include "gateway/core/exchange.hpp"

#include "gateway/core/script.hpp"

namespace gateway {

std::string_view put_property(exchange& ex, const std::string& name, property_value value) {
  auto& all = ex.properties;
  if (std::holds_alternative<std::monostate>(value)) {
    all.erase(name);
    return {};
  }
  if (all.size() >= script_limits::properties && all.count(name) == 0)
    return "there are too many properties";
  const std::string* text = std::get_if<std::string>(&value);
  if (name.size() + (text ? text->size() : 0) > script_limits::property)
    return "the property is too long";
  all[name] = std::move(value);
  return {};
}

}  // namespace gateway
