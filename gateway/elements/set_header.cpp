// <setHeader>: one field of the current message.
#include "gateway/core/descriptor.hpp"
#include "gateway/core/text_template.hpp"
#include "gateway/elements/attributes.hpp"
#include "gateway/elements/message_element.hpp"

namespace gateway {

namespace {

// Line ends and NUL would let a value forge further fields.
std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\r')
      out += "\\r";
    else if (c == '\n')
      out += "\\n";
    else if (c != '\0')
      out += c;
  }
  return out;
}

class set_header final : public message_element {
 public:
  set_header(std::string name, text_template value, bool if_absent)
      : name_(std::move(name)), value_(std::move(value)), if_absent_(if_absent) {}

 private:
  void change(const current_message& m) const override {
    if (if_absent_ && m.headers.contains(name_)) return;
    m.headers.set(name_, one_line(value_.render(m.ex, m.where)));
  }

  std::string name_;
  text_template value_;
  bool if_absent_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  const attribute_value& name = *node.find("name");
  check_field_name(node, name, context);
  return std::make_unique<set_header>(name.text, node.templated("value"), node.boolean("ifAbsent"));
}

}  // namespace

const element_descriptor& set_header_element() {
  static const element_descriptor d{
      .name = "setHeader",
      .doc = "Sets a header field of the current message.",
      .example = R"(<setHeader name="X-Client" value="${exchange.remoteAddrIp}" ifAbsent="true"/>)",
      .attributes = {{.name = "name", .doc = "Name of the field.", .required = true},
                     {.name = "value",
                      .type = attribute_type::text_template,
                      .doc = "Its value; ${...} holds expressions as in <if test>.",
                      .required = true},
                     {.name = "ifAbsent",
                      .type = attribute_type::boolean,
                      .doc = "Only when the message has no such field.",
                      .default_value = "false"},
                     fail_on_error_attribute(),
                     language_attribute()},
      .make = make,
      .on_stomp_frames = true,
  };
  return d;
}

}  // namespace gateway
