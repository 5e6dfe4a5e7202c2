// <groovy>: a script on the current message (gateway/core/script.hpp).
#include "gateway/core/descriptor.hpp"
#include "gateway/core/script.hpp"

namespace gateway {

namespace {

// Where a script's failures are in the configuration file.
class script_places {
 public:
  // `text` is the script: that of `node`, or of the file that it names.
  script_places(const element_node& node, build_context& context, const std::string& text)
      : file_(context.file_name()) {
    const attribute_value* location = node.find("location");
    if (location) file_ = location->text;
    std::size_t start = 0;
    while (true) {
      const auto number = static_cast<std::uint32_t>(lines_.size() + 1);
      lines_.push_back(
          {start, location ? source_position{number, 1} : context.position_in_text(node, start)});
      const auto end = text.find('\n', start);
      if (end == std::string::npos) break;
      start = end + 1;
    }
  }
  // "proxies.xml:12:7".
  std::string of(std::size_t offset) const {
    std::size_t i = 0;
    while (i + 1 < lines_.size() && lines_[i + 1].start <= offset) ++i;
    const source_position& at = lines_[i].at;
    return file_ + ":" + std::to_string(at.line) + ":" +
           std::to_string(at.column + offset - lines_[i].start);
  }

 private:
  struct line {
    std::size_t start;
    source_position at;
  };
  std::string file_;
  std::vector<line> lines_;
};

class groovy final : public element {
 public:
  groovy(script code, script_places places, port_map ports)
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
  script_places places_;
  port_map ports_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  const auto text = context.text_of(node);
  if (!text) return nullptr;
  auto compiled = script::compile(*text);
  script_places places(node, context, *text);
  if (const auto* wrong = std::get_if<expression_error>(&compiled)) {
    if (const attribute_value* location = node.find("location"))
      context.error(
          node, *location, 0,
          "names a script that is wrong at " + places.of(wrong->offset) + ": " + wrong->message);
    else
      context.error_in_text(node, wrong->offset, wrong->message);
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
