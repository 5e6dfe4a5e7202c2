#include "gateway/elements/attributes.hpp"

#include <algorithm>

#include "net/http_fields.hpp"

namespace gateway {

attribute_descriptor fail_on_error_attribute() {
  return {.name = "failOnError",
          .type = attribute_type::boolean,
          .doc = "Taken and without effect: an expression that fails is always a 500.",
          .default_value = "true"};
}

void check_field_name(const element_node& node, const attribute_value& name,
                      build_context& context) {
  if (!net::is_token(name.text)) context.error(node, name, 0, "must be the name of a header field");
  for (const std::string_view framing : {"Content-Length", "Transfer-Encoding", "Connection"}) {
    if (net::iequals(name.text, framing))
      context.error(node, name, 0, "must not be one that says how the message is framed");
  }
}

void check_field_text(const element_node& node, std::string_view name, build_context& context) {
  const attribute_value* a = node.find(name);
  if (a && !net::is_field_text(a->text))
    context.error(node, *a, 0, "has a character that no header field can have");
}

}  // namespace gateway
