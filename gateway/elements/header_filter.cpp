// <headerFilter>: takes header fields away by name.
#include <algorithm>
#include <array>

#include "gateway/core/descriptor.hpp"
#include "gateway/core/regex.hpp"
#include "gateway/elements/message_element.hpp"

namespace gateway {

namespace {

// Longer names than any that is used: none of a peer's makes a pattern work for long.
constexpr std::size_t longest_name = 256;

// They belong to the connection or say how the message is framed.
bool is_kept(std::string_view name) {
  constexpr std::array<std::string_view, 6> kept = {
      "Host", "Connection", "Upgrade", "Content-Length", "Trailer", "Transfer-Encoding"};
  return std::any_of(kept.begin(), kept.end(),
                     [name](std::string_view k) { return net::iequals(k, name); });
}

struct rule {
  std::regex pattern;
  bool includes = false;
};

class header_filter final : public message_element {
 public:
  explicit header_filter(std::vector<rule> rules) : rules_(std::move(rules)) {}

 private:
  void change(const current_message& m) const override {
    std::erase_if(m.headers.fields(), [this](const net::header_field& f) {
      return !is_kept(f.name) && is_excluded(f.name);
    });
  }
  bool is_excluded(const std::string& name) const {
    if (name.size() > longest_name) return true;
    const auto first = std::find_if(rules_.begin(), rules_.end(), [&name](const rule& r) {
      return std::regex_match(name, r.pattern);
    });
    return first != rules_.end() && !first->includes;
  }

  std::vector<rule> rules_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  std::vector<rule> rules;
  for (const element_node& child : node.children) {
    auto compiled = compile_regex(child.text, letter_case::ignored);
    if (compiled.regex)
      rules.push_back({std::move(*compiled.regex), child.descriptor->name == "include"});
    else
      context.error_in_text(child, 0, "the text " + compiled.error);
  }
  return std::make_unique<header_filter>(std::move(rules));
}

}  // namespace

const element_descriptor& header_filter_element() {
  static const element_descriptor d{
      .name = "headerFilter",
      .doc =
          "Takes header fields of the current message away. For each field the first pattern that "
          "fits its name decides; a field that none fits stays. Host, Connection, Upgrade, "
          "Content-Length, Transfer-Encoding and Trailer always stay.",
      .example = R"(<headerFilter>
  <include>X-Forwarded-.*</include>
  <exclude>X-.*</exclude>
</headerFilter>)",
      .children = {{.names = {"include", "exclude"}, .min = 1}},
      .make = make,
      .on_stomp_frames = true,
  };
  return d;
}

}  // namespace gateway
