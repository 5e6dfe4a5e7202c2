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

attribute_descriptor pretty_attribute() {
  return {.name = "pretty",
          .type = attribute_type::choice,
          .doc = "The text is sent as it is written.",
          .default_value = "false",
          .choices = {"false", "no", "0", "auto"}};
}

std::string content_type_of(const element_node& node) {
  const std::string& charset = node.value("charset");
  return node.value("contentType") + (charset.empty() ? "" : "; charset=" + charset);
}

bool is_framing(std::string_view name) noexcept {
  for (const std::string_view framing : {"Content-Length", "Transfer-Encoding", "Connection"})
    if (net::iequals(name, framing)) return true;
  return false;
}

void check_field_name(const element_node& node, const attribute_value& name,
                      build_context& context) {
  if (!net::is_token(name.text)) context.error(node, name, 0, "must be the name of a header field");
  if (is_framing(name.text))
    context.error(node, name, 0, "must not be one that says how the message is framed");
}

void check_field_text(const element_node& node, std::string_view name, build_context& context) {
  const attribute_value* a = node.find(name);
  if (a && !net::is_field_text(a->text))
    context.error(node, *a, 0, "has a character that no header field can have");
}

}  // namespace gateway
