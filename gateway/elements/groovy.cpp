// <groovy>: a script on the current message (gateway/core/script.hpp).
#include "gateway/core/descriptor.hpp"
#include "gateway/core/script.hpp"
#include "gateway/elements/text_places.hpp"

namespace gateway {

namespace {

class groovy final : public element {
 public:
  groovy(script code, text_places places, port_map ports)
      : code_(std::move(code)), places_(std::move(places)), ports_(std::move(ports)) {}

  bool waits() const noexcept override { return code_.reads_bodies(); }
  net::task<outcome> on_request(exchange& ex) const override {
    return run(ex, flow_direction::request);
  }
  net::task<outcome> on_response(exchange& ex) const override {
    return run(ex, flow_direction::response);
  }
  outcome request_now(exchange& ex) const override { return run_now(ex, flow_direction::request); }
  outcome response_now(exchange& ex) const override {
    return run_now(ex, flow_direction::response);
  }

 private:
  net::task<outcome> run(exchange& ex, flow_direction where) const {
    try {
      auto running = code_.run(ex, where, ports_);
      co_return co_await running;
    } catch (const script_failure& e) {
      throw std::runtime_error(explain(e));
    }
  }
  outcome run_now(exchange& ex, flow_direction where) const {
    try {
      return code_.run_now(ex, where, ports_);
    } catch (const script_failure& e) {
      throw std::runtime_error(explain(e));
    }
  }
  std::string explain(const script_failure& e) const {
    return places_.of(e.offset()) + ": <groovy>: " + e.what();
  }

  script code_;
  text_places places_;
  port_map ports_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  const auto text = context.text_of(node);
  if (!text) return nullptr;
  auto compiled = script::compile(*text);
  text_places places(node, context, *text);
  if (const auto* wrong = std::get_if<expression_error>(&compiled)) {
    places.report(node, context, "script", *wrong);
    return nullptr;
  }
  return std::make_unique<groovy>(std::get<script>(std::move(compiled)), std::move(places),
                                  context.ports());
}

}  // namespace

const element_descriptor& groovy_element() {
  static const element_descriptor d{
      .name = "groovy",
      .doc =
          "Runs a script on the message, in both directions. A part of Groovy: see "
          "docs/expressions.md.",
      .example = R"(<groovy>
  exc.request.header.removeFields('Sec-WebSocket-Extensions')
</groovy>)",
      .attributes = {{.name = "location",
                      .type = attribute_type::path,
                      .doc = "A file with the script, instead of the script inside."}},
      .text_content = true,
      .text_or_location = true,
      .make = make,
      .on_stomp_frames = true,
  };
  return d;
}

}  // namespace gateway
