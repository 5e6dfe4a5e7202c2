// <template>: a text with ${expressions} in the place of the body.
#include <cctype>

#include "gateway/core/script.hpp"
#include "gateway/core/script_lexer.hpp"
#include "gateway/elements/attributes.hpp"
#include "gateway/elements/body_escaping.hpp"
#include "gateway/elements/message_element.hpp"
#include "gateway/elements/text_places.hpp"

namespace gateway {

namespace {

class template_body final : public message_element {
 public:
  template_body(text_template text, std::string content_type)
      : text_(std::move(text)),
        content_type_(std::move(content_type)),
        escape_(escaping_for(content_type_)) {}

 private:
  void change(const current_message& m) const override {
    try {
      replace_body(m, text_.render(m.ex, m.where, escape_), content_type_);
    } catch (const script_failure& e) {
      throw std::runtime_error(std::string("<template>: ") + e.what());
    }
  }

  text_template text_;
  std::string content_type_;
  text_template::escaping escape_;
};

// What Groovy's template engine has and is not here.
std::optional<expression_error> foreign_part(std::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const char next = text[i + 1];
    if (text[i] == '<' && next == '%')
      return expression_error{i,
                              "holds '<%', but only ${...} is supported here; <choose> around "
                              "several <template> decides, <groovy> computes"};
    if (text[i] == '\\' && next == '$')
      return expression_error{i, "holds '\\$'; write ${'$'} for a dollar sign"};
    const bool name = std::isalpha(static_cast<unsigned char>(next)) != 0 || next == '_';
    if (text[i] == '$' && name)
      return expression_error{
          i, "has a '$' before a name; write ${NAME}, or ${'$'} for a dollar sign"};
    // Expressions may hold all of that in quotes.
    if (text[i] == '$' && next == '{') {
      const auto close = script_code::closing_brace(text, i + 2);
      if (close == text.npos) return std::nullopt;
      i = close;
    }
  }
  return std::nullopt;
}

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  check_field_text(node, "contentType", context);
  check_field_text(node, "charset", context);
  const auto text = context.text_of(node);
  if (!text) return nullptr;
  const text_places places(node, context, *text);
  if (const auto wrong = foreign_part(*text)) {
    places.report(node, context, "template", *wrong);
    return nullptr;
  }
  auto compiled = text_template::compile(*text, expression_language::groovy);
  if (const auto* wrong = std::get_if<expression_error>(&compiled)) {
    places.report(node, context, "template", *wrong);
    return nullptr;
  }
  return std::make_unique<template_body>(std::get<text_template>(std::move(compiled)),
                                         content_type_of(node));
}

}  // namespace

const element_descriptor& template_element() {
  static const element_descriptor d{
      .name = "template",
      .doc =
          "Replaces the body of the current message by the text, in which ${...} holds Groovy "
          "expressions. In JSON, XML and HTML their values are escaped. Of Groovy's templates <% "
          "%> "
          "and $NAME are refused.",
      .example = R"(<template contentType="text/html"><![CDATA[
  <h1>Hello ${params.name}</h1>
]]></template>
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
