#include "gateway/core/descriptor.hpp"

#include <algorithm>
#include <charconv>

#include "net/http_types.hpp"

namespace gateway {

std::string_view to_string(attribute_type type) noexcept {
  switch (type) {
    case attribute_type::text:
      return "text";
    case attribute_type::integer:
      return "integer";
    case attribute_type::boolean:
      return "boolean";
    case attribute_type::choice:
      return "choice";
    case attribute_type::url:
      return "url";
    case attribute_type::text_template:
      return "text";
    case attribute_type::url_template:
      return "url";
    case attribute_type::path:
      return "path";
    case attribute_type::expression:
      return "expression";
    case attribute_type::regex:
      return "regex";
  }
  return "text";
}

bool accepts(const child_group& group, const element_descriptor& child) {
  if (group.names.empty()) return child.role == element_role::flow;
  return std::find(group.names.begin(), group.names.end(), child.name) != group.names.end();
}

attribute_descriptor language_attribute() {
  return {.name = "language",
          .type = attribute_type::choice,
          .doc =
              "Language of the expressions: SpEL, or Groovy where only that fits, when not "
              "written.",
          .choices = {"SpEL", "groovy"}};
}

expression_language parse_language(std::string_view text) {
  if (net::iequals(text, "SpEL")) return expression_language::spel;
  if (net::iequals(text, "groovy")) return expression_language::groovy;
  return expression_language::automatic;
}

expression_language element_node::language() const { return parse_language(value("language")); }

std::optional<expression> element_node::tested(std::string_view name) const {
  const attribute_value* a = find(name);
  if (!a) return std::nullopt;
  auto compiled = expression::compile(a->text, language());
  auto* made = std::get_if<expression>(&compiled);
  if (!made) return std::nullopt;
  return std::move(*made);
}

text_template element_node::templated(std::string_view name) const {
  auto compiled = gateway::text_template::compile(value(name), language());
  auto* made = std::get_if<gateway::text_template>(&compiled);
  return made ? std::move(*made) : gateway::text_template();
}

const attribute_value* element_node::find(std::string_view name) const {
  for (const attribute_value& a : attributes)
    if (a.descriptor && a.descriptor->name == name) return &a;
  return nullptr;
}

const std::string& element_node::value(std::string_view name) const {
  static const std::string none;
  const attribute_value* a = find(name);
  return a ? a->text : none;
}

bool element_node::boolean(std::string_view name) const {
  return parse_boolean(value(name)).value_or(false);
}

std::int64_t element_node::integer(std::string_view name) const {
  return parse_integer(value(name)).value_or(0);
}

const element_node* element_node::child(std::string_view name) const {
  for (const element_node& c : children)
    if (c.descriptor->name == name) return &c;
  return nullptr;
}

std::optional<bool> parse_boolean(std::string_view text) {
  for (const std::string_view yes : {"true", "yes", "1"})
    if (net::iequals(text, yes)) return true;
  for (const std::string_view no : {"false", "no", "0"})
    if (net::iequals(text, no)) return false;
  return std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return value;
}

}  // namespace gateway
