// Attributes that several elements share, and checks of them.
#pragma once

#include "gateway/core/descriptor.hpp"

namespace gateway {

// `failOnError`, which is taken and has no effect.
attribute_descriptor fail_on_error_attribute();

// `pretty`, which is taken where it asks for nothing.
attribute_descriptor pretty_attribute();

// Attributes contentType and charset as one value.
std::string content_type_of(const element_node& node);

// True for fields that say how the message is framed: elements leave them alone.
bool is_framing(std::string_view name) noexcept;
// An error unless `name` is the name of a header field that an element may set: none that frames
// the message.
void check_field_name(const element_node& node, const attribute_value& name,
                      build_context& context);
// An error unless the attribute called `name` is absent or can be the value of a header field.
void check_field_text(const element_node& node, std::string_view name, build_context& context);

}  // namespace gateway
