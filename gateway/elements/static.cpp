// <static>: a fixed body for the current message.
#include "gateway/elements/attributes.hpp"
#include "gateway/elements/message_element.hpp"

namespace gateway {

namespace {

class static_body final : public message_element {
 public:
  static_body(std::string text, std::string content_type)
      : text_(std::move(text)), content_type_(std::move(content_type)) {}

 private:
  void change(const current_message& m) const override { replace_body(m, text_, content_type_); }

  std::string text_;
  std::string content_type_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  auto text = context.text_of(node);
  if (!text) return nullptr;
  return std::make_unique<static_body>(std::move(*text), content_type_of(node));
}

}  // namespace

const element_descriptor& static_element() {
  static const element_descriptor d{
      .name = "static",
      .doc = "Replaces the body of the current message by the text inside.",
      .example = R"(<static contentType="application/json">{"open": true}</static>
<return/>)",
      .attributes = {{.name = "location",
                      .type = attribute_type::path,
                      .doc = "A file with the text, instead of the text inside."},
                     {.name = "contentType",
                      .doc = "Content-Type of the message.",
                      .default_value = "text/plain"},
                     {.name = "charset", .doc = "Written into the Content-Type; texts are UTF-8."},
                     pretty_attribute()},
      .text_content = true,
      .text_or_location = true,
      .make = make,
      .on_stomp_frames = true,
  };
  return d;
}

}  // namespace gateway
