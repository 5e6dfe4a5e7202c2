// <setBody>: a text in the place of the body.
#include "gateway/elements/attributes.hpp"
#include "gateway/elements/body_escaping.hpp"
#include "gateway/elements/message_element.hpp"

namespace gateway {

namespace {

class set_body final : public message_element {
 public:
  set_body(text_template value, std::string content_type)
      : value_(std::move(value)), content_type_(std::move(content_type)) {}

 private:
  void change(const current_message& m) const override {
    const std::string_view type =
        content_type_.empty() ? m.headers.get("Content-Type").value_or("") : content_type_;
    replace_body(m, value_.render(m.ex, m.where, escaping_for(type)), content_type_);
  }

  text_template value_;
  std::string content_type_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  check_field_text(node, "contentType", context);
  return std::make_unique<set_body>(node.templated("value"), node.value("contentType"));
}

}  // namespace

const element_descriptor& set_body_element() {
  static const element_descriptor d{
      .name = "setBody",
      .doc =
          "Replaces the body of the current message by a text. In JSON, XML and HTML the values "
          "of ${...} are escaped.",
      .example = R"(<setBody contentType="application/json" value='{"path": "${path}"}'/>
<return/>)",
      .attributes = {{.name = "value",
                      .type = attribute_type::text_template,
                      .doc = "The text.",
                      .required = true},
                     {.name = "contentType",
                      .doc = "Content-Type of the message; it stays as it is when not written."},
                     language_attribute()},
      .make = make,
      .on_stomp_frames = true,
  };
  return d;
}

}  // namespace gateway
