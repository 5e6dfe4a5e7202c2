// What Spring puts in when it loads a file: #{...} (the small part of its expression language that
// reads settings) and, where <context:property-placeholder/> stands, ${NAME} and ${NAME:default}.
// Everything else that looks like ${...} is a template of the running gateway and stays.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace gateway {

// Value of an environment variable, or nothing.
using environment_lookup = std::function<std::optional<std::string>(std::string_view name)>;

struct load_values {
  environment_lookup environment;  // null: nothing is set
  // <util:properties id="x">: x -> name -> value.
  std::map<std::string, std::map<std::string, std::string>, std::less<>> properties;
  bool placeholders = false;  // <context:property-placeholder/> stands in the file
};

struct placeholder_error {
  std::size_t offset = 0;  // octets into the text
  std::string message;     // end of a sentence that begins with the attribute's name
};

// `text` with its placeholders replaced; at most 64 KiB. In #{...}: systemEnvironment['X'],
// systemProperties['x'] (always null: there is no JVM), bean.NAME, bean['NAME'], texts in quotes,
// numbers, true, false, null, + and ?:. What is null at the end is an error: Spring would write
// nothing, and nobody wants that.
std::variant<std::string, placeholder_error> resolve_placeholders(std::string_view text,
                                                                  const load_values& values);

}  // namespace gateway
