#include "gateway/config/binder.hpp"

#include <algorithm>
#include <regex>

#include "gateway/config/membrane_names.hpp"
#include "gateway/core/expression.hpp"
#include "gateway/core/regex.hpp"
#include "gateway/core/text.hpp"
#include "gateway/core/text_template.hpp"
#include "net/http_types.hpp"

namespace gateway {

namespace {

constexpr std::size_t max_nodes = 10'000;

std::string tag(std::string_view name) { return "<" + printable(name, 60) + ">"; }
std::string quoted(std::string_view text) { return "'" + printable(text, 80) + "'"; }

template <class List>
bool contains(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// "'a', 'b' or 'c'", or each as `form` writes it.
std::string one_of(const std::vector<std::string_view>& names,
                   std::string (*form)(std::string_view) = quoted) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    out += form(names[i]);
  }
  return out;
}

std::string range_text(const attribute_descriptor& d) {
  std::string out = "must be a whole number";
  const bool lower = d.min != std::numeric_limits<std::int64_t>::min();
  const bool upper = d.max != std::numeric_limits<std::int64_t>::max();
  if (lower && upper) out += " from " + std::to_string(d.min) + " to " + std::to_string(d.max);
  if (lower && !upper) out += ", at least " + std::to_string(d.min);
  if (!lower && upper) out += ", at most " + std::to_string(d.max);
  if (!d.unit.empty()) out += " (" + std::string(d.unit) + ")";
  return out;
}

}  // namespace

const element_descriptor* binder::find(std::string_view name) const {
  for (const element_registry list : {structure_, elements_})
    for (const element_descriptor* d : list)
      if (d->name == name) return d;
  return nullptr;
}

void binder::fail(element_node& node, std::size_t offset, std::string message) {
  invalid_.insert(node.offset);
  errors_.add(offset, std::move(message));
}

element_node binder::bind(const xml_element& e, const element_descriptor& d) {
  element_node node;
  node.descriptor = &d;
  node.offset = e.offset;
  node.position = errors_.position(e.offset);
  if (++nodes_ > max_nodes) {
    if (nodes_ == max_nodes + 1)
      fail(node, e.offset, "the file has more than " + std::to_string(max_nodes) + " elements");
    invalid_.insert(node.offset);
    return node;
  }
  bind_attributes(e, node);
  bind_text(e, node);
  bind_children(e, node);
  return node;
}

void binder::bind_attributes(const xml_element& e, element_node& node) {
  language_ = expression_language::automatic;
  for (const xml_attribute& a : e.attributes)
    if (a.uri.empty() && a.name == "language") language_ = parse_language(a.value);
  for (const xml_attribute& a : e.attributes) {
    // xsi:schemaLocation, xml:space and the like are for other readers.
    if (a.uri.empty()) bind_attribute(a, node);
  }
  complete_attributes(node);
}

void binder::bind_attribute(const xml_attribute& a, element_node& node) {
  const element_descriptor& d = *node.descriptor;
  attribute_value value{nullptr, a.name, a.value, true, a.name_offset, a.value_offset};
  for (const attribute_descriptor& candidate : d.attributes)
    if (candidate.name == a.name || contains(candidate.aliases, a.name))
      value.descriptor = &candidate;
  if (value.descriptor) {
    if (const attribute_value* other = node.find(value.descriptor->name))
      return fail(node, a.name_offset,
                  tag(d.name) + ": attributes '" + other->name + "' and '" + a.name +
                      "' mean the same; write one of them");
    if (a.refused)
      invalid_.insert(node.offset);
    else
      check_typed(value, node);
  } else if (a.name == "id") {
    return;  // Spring's name of the bean; allowed everywhere, nothing refers to it here.
  } else if (!d.any_attribute || contains(d.foreign_attributes, a.name)) {
    return refuse_attribute(a, node);
  }
  node.attributes.push_back(std::move(value));
}

void binder::refuse_attribute(const xml_attribute& a, element_node& node) {
  const element_descriptor& d = *node.descriptor;
  if (contains(d.foreign_attributes, a.name))
    return fail(node, a.name_offset,
                tag(d.name) + ": attribute '" + a.name +
                    "' exists in Membrane but is not supported here yet");
  std::vector<std::string_view> names;
  for (const attribute_descriptor& known : d.attributes) {
    names.push_back(known.name);
    names.insert(names.end(), known.aliases.begin(), known.aliases.end());
  }
  const std::string hint =
      d.attributes.empty() ? std::string("; it takes none") : suggestion(a.name, names);
  fail(node, a.name_offset, tag(d.name) + ": attribute " + quoted(a.name) + " is not known" + hint);
}

void binder::fail_value(const attribute_value& a, std::size_t offset, std::string message,
                        element_node& node) {
  const std::size_t at = a.value_offset + raw_offset(errors_.text().substr(a.value_offset), offset);
  fail(node, at, tag(node.descriptor->name) + ": attribute '" + a.name + "' " + message);
}

void binder::check_typed(const attribute_value& a, element_node& node) {
  const attribute_descriptor& d = *a.descriptor;
  const std::string shown = d.secret ? std::string() : ", not " + quoted(a.text);
  switch (d.type) {
    case attribute_type::text:
      if (d.required && a.text.empty()) fail_value(a, 0, "must not be empty", node);
      return;
    case attribute_type::path:
      if (a.text.empty()) fail_value(a, 0, "must not be empty", node);
      for (const std::string_view scheme : {"classpath:", "http:", "https:", "internal:", "file:"})
        if (a.text.starts_with(scheme))
          fail_value(
              a, 0, "must be a file or folder; '" + std::string(scheme) + "' is not supported here",
              node);
      return;
    case attribute_type::integer: {
      const auto value = parse_integer(a.text);
      if (!value || *value < d.min || *value > d.max) fail_value(a, 0, range_text(d) + shown, node);
      return;
    }
    case attribute_type::boolean:
      if (!parse_boolean(a.text)) fail_value(a, 0, "must be 'true' or 'false'" + shown, node);
      return;
    case attribute_type::choice:
      if (std::none_of(d.choices.begin(), d.choices.end(),
                       [&](std::string_view c) { return net::iequals(c, a.text); }))
        fail_value(a, 0, "must be " + one_of(d.choices) + shown, node);
      return;
    case attribute_type::text_template:
      return check_template(a, node);
    case attribute_type::url_template:
      if (a.text.find("${") != a.text.npos) return check_template(a, node);
      [[fallthrough]];
    case attribute_type::url: {
      const auto parsed = parse_destination(a.text);
      if (const auto* wrong = std::get_if<std::string>(&parsed)) fail_value(a, 0, *wrong, node);
      return;
    }
    case attribute_type::expression: {
      const auto compiled = expression::compile(a.text, language_);
      if (const auto* wrong = std::get_if<expression_error>(&compiled))
        fail_value(
            a, wrong->offset,
            (a.name == "test" ? "is not a test: " : "is not an expression: ") + wrong->message,
            node);
      return;
    }
    case attribute_type::regex:
      if (const auto compiled = compile_regex(a.text); !compiled.regex)
        fail_value(a, 0, compiled.error, node);
      return;
  }
}

void binder::check_template(const attribute_value& a, element_node& node) {
  const auto compiled = text_template::compile(a.text, language_);
  if (const auto* wrong = std::get_if<expression_error>(&compiled))
    fail_value(a, wrong->offset, wrong->message, node);
}

void binder::complete_attributes(element_node& node) {
  for (const attribute_descriptor& d : node.descriptor->attributes) {
    if (node.find(d.name)) continue;
    if (d.required)
      fail(node, node.offset,
           tag(node.descriptor->name) + ": attribute '" + std::string(d.name) + "' is missing");
    else if (!d.default_value.empty())
      node.attributes.push_back(
          {&d, std::string(d.name), std::string(d.default_value), false, node.offset, node.offset});
  }
}

void binder::bind_text(const xml_element& e, element_node& node) {
  node.text = e.text;
  node.text_offset = e.text_offset;
  node.text_pieces = e.text_pieces;
  const element_descriptor& d = *node.descriptor;
  if (d.text_or_location) return check_text_or_location(e, node);
  if (d.text_content && e.text.empty())
    fail(node, node.offset, tag(d.name) + ": text is missing between the tags");
  if (!d.text_content && !e.text.empty())
    fail(node, e.text_offset, tag(d.name) + ": text is not expected here");
}

void binder::check_text_or_location(const xml_element& e, element_node& node) {
  const std::string start = tag(node.descriptor->name) + ": ";
  const bool elsewhere = node.find("location") != nullptr;
  if (elsewhere && !e.text.empty())
    fail(node, e.text_offset,
         start + "has text and the attribute 'location', too; write one of them");
  if (!elsewhere && e.text.empty())
    fail(node, node.offset, start + "needs text between the tags or the attribute 'location'");
}

void binder::bind_children(const xml_element& e, element_node& node) {
  const auto& groups = node.descriptor->children;
  std::vector<std::size_t> counts(groups.size());
  std::size_t current = 0;
  std::string_view last;
  for (const xml_element& x : e.children) {
    const element_descriptor* d = x.uri == membrane_uri ? find(x.name) : nullptr;
    std::size_t group = 0;
    while (group < groups.size() && !(d && accepts(groups[group], *d))) ++group;
    if (group == groups.size()) {
      fail(node, x.offset, explain_unexpected(x, node.descriptor));
      // What is wrong inside is told in the same run.
      if (d) bind(x, *d);
      continue;
    }
    element_node child = bind(x, *d);
    if (!is_valid(child)) invalid_.insert(node.offset);
    ++counts[group];
    if (group < current)
      fail(node, x.offset,
           tag(x.name) + ": must stand before " + tag(last) + " in " + tag(node.descriptor->name));
    else if (counts[group] > groups[group].max)
      fail(node, x.offset, tag(x.name) + ": may stand only once in " + tag(node.descriptor->name));
    if (group >= current) last = x.name;
    current = std::max(current, group);
    node.children.push_back(std::move(child));
  }
  check_counts(node, counts);
}

void binder::check_counts(const element_node& parent, const std::vector<std::size_t>& counts) {
  const auto& groups = parent.descriptor->children;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (counts[i] >= groups[i].min) continue;
    const std::string what =
        groups[i].names.empty() ? std::string("an element") : one_of(groups[i].names, tag);
    invalid_.insert(parent.offset);
    errors_.add(parent.offset, tag(parent.descriptor->name) + ": needs " + what + " inside");
  }
}

std::string binder::explain_unexpected(const xml_element& e,
                                       const element_descriptor* parent) const {
  const std::string start = tag(e.name) + ": ";
  if (e.uri == spring_beans_uri || e.uri.starts_with("http://www.springframework.org/"))
    return start + "Spring's own elements need Java and are not supported here";
  if (e.uri.empty())
    return start + "has no namespace; xmlns=\"" + std::string(membrane_uri) + "\" is missing";
  if (e.uri != membrane_uri)
    return start + "namespace " + quoted(e.uri) + " is not known; Membrane's is " +
           std::string(membrane_uri);
  if (const auto instead = instead_of(e.name))
    return start + "exists in Membrane but is not supported here; " + std::string(*instead);
  if (const element_descriptor* d = find(e.name)) {
    for (const element_registry list : {structure_, elements_})
      for (const element_descriptor* other : list)
        for (const child_group& group : other->children)
          if (accepts(group, *d))
            return start + "is not allowed here; it belongs in " + tag(other->name);
    if (d->role == element_role::top) return start + "belongs in <beans>, beside <router>";
    return start + "is not allowed here";
  }
  // First what fits here, then whatever is known at all.
  std::vector<std::string_view> names;
  for (const element_registry list : {structure_, elements_})
    for (const element_descriptor* d : list)
      if (parent && std::any_of(parent->children.begin(), parent->children.end(),
                                [&](const child_group& g) { return accepts(g, *d); }))
        names.insert(names.begin(), d->name);
      else
        names.push_back(d->name);
  return start + "is not known" + suggestion(e.name, names);
}

}  // namespace gateway
