// <static>: a fixed body for the current message.
#include "gateway/core/descriptor.hpp"
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
  std::string type = node.value("contentType");
  const std::string& charset = node.value("charset");
  if (!charset.empty()) type += "; charset=" + charset;
  return std::make_unique<static_body>(std::move(*text), std::move(type));
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
                     {.name = "pretty",
                      .type = attribute_type::choice,
                      .doc = "The text is sent as it is written.",
                      .default_value = "false",
                      .choices = {"false", "no", "0", "auto"}}},
      .text_content = true,
      .text_or_location = true,
      .make = make,
      .on_stomp_frames = true,
  };
  return d;
}

}  // namespace gateway
