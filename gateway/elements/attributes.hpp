// Attributes that several elements share, and checks of them.
#pragma once

#include "gateway/core/descriptor.hpp"

namespace gateway {

// `failOnError`, which is taken and has no effect.
attribute_descriptor fail_on_error_attribute();

// An error unless `name` is the name of a header field that an element may set: none that frames
// the message.
void check_field_name(const element_node& node, const attribute_value& name,
                      build_context& context);
// An error unless the attribute called `name` is absent or can be the value of a header field.
void check_field_text(const element_node& node, std::string_view name, build_context& context);

}  // namespace gateway
