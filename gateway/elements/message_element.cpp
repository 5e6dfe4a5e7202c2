#include "gateway/elements/message_element.hpp"

namespace gateway {

void replace_body(const current_message& m, std::string text, std::string_view content_type) {
  m.body = net::make_string_body(std::move(text));
  if (!content_type.empty()) m.headers.set("Content-Type", content_type);
  // It spoke of the body that was there before.
  m.headers.remove("Content-Encoding");
}

}  // namespace gateway
