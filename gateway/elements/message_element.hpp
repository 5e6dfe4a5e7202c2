// Base of elements that do the same to the current message on both ways and wait for nothing.
#pragma once

#include "gateway/core/element.hpp"
#include "gateway/core/expression.hpp"

namespace gateway {

// The message of the way that is gone: the request there, the response back.
struct current_message {
  exchange& ex;
  flow_direction where;
  net::header_list& headers;
  std::unique_ptr<net::body_source>& body;
};

class message_element : public sync_element {
 public:
  outcome request_now(exchange& ex) const final {
    change({ex, flow_direction::request, ex.request.headers, ex.request.body});
    return outcome::proceed;
  }
  outcome response_now(exchange& ex) const final {
    if (ex.response)
      change({ex, flow_direction::response, ex.response->headers, ex.response->body});
    return outcome::proceed;
  }

 private:
  virtual void change(const current_message& m) const = 0;
};

// Puts `text` in the place of the body. An empty `content_type` keeps the one that is there.
void replace_body(const current_message& m, std::string text, std::string_view content_type);

}  // namespace gateway
