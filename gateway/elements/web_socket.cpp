// <webSocket>: permits the upgrade to websocket and says where the tunnel goes.
#include "gateway/core/descriptor.hpp"

namespace gateway {

namespace {

class web_socket final : public sync_element {
 public:
  web_socket(std::optional<destination> to, frame_elements frames)
      : to_(std::move(to)), frames_(std::move(frames)) {}

  outcome request_now(exchange& ex) const override {
    // Other requests go on to the target: a page and its socket share one port.
    const auto upgrade = ex.request.headers.get("Upgrade");
    if (!upgrade || !net::iequals(*upgrade, "websocket")) return outcome::proceed;
    ex.websocket_allowed = true;
    if (to_) ex.to = to_;
    ex.frames = &frames_;
    return outcome::proceed;
  }
  outcome response_now(exchange& /*ex*/) const override { return outcome::proceed; }

 private:
  std::optional<destination> to_;
  frame_elements frames_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  std::optional<destination> to;
  if (const attribute_value* url = node.find("url")) {
    to = context.resolve_url(node, *url);
    if (!to->internal.empty()) context.error(node, *url, 0, "must not lead to an <internal> proxy");
    // Membrane: path and query of the url replace those of the client, also a bare "/".
    if (!to->path) to->path = "/";
  }
  frame_elements frames;
  for (const element_node& child : node.children)
    if (auto made = child.descriptor->make_frame(child, context)) frames.push_back(std::move(made));
  return std::make_unique<web_socket>(std::move(to), std::move(frames));
}

}  // namespace

const element_descriptor& web_socket_element() {
  static const element_descriptor d{
      .name = "webSocket",
      .doc = "Permits WebSocket connections. Requests without 'Upgrade: websocket' pass by.",
      .example = R"(<webSocket url="http://localhost:61614/">
  <wsLog/>
</webSocket>)",
      .attributes = {{.name = "url",
                      .type = attribute_type::url,
                      .doc = "Where the tunnel goes; the proxy's target when not written. Its path "
                             "and query replace the client's."}},
      .children = {{.names = {"wsLog", "wsStompReassembler"}}},
      .make = make,
      .http_only = true,
  };
  return d;
}

}  // namespace gateway
