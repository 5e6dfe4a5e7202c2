// <wsLog>: prints the frames of a WebSocket with secrets masked.
#include "gateway/core/descriptor.hpp"
#include "gateway/core/text.hpp"
#include "gateway/elements/masking.hpp"

namespace gateway {

namespace {

constexpr std::size_t most_text = 2000;  // characters of a payload that are printed
constexpr std::size_t most_hex = 512;    // octets

std::string_view name_of(ws::opcode op) {
  switch (op) {
    case ws::opcode::continuation:
      return "continuation";
    case ws::opcode::text:
      return "text";
    case ws::opcode::binary:
      return "binary";
    case ws::opcode::close:
      return "close";
    case ws::opcode::ping:
      return "ping";
    case ws::opcode::pong:
      return "pong";
  }
  return "unknown";
}

std::string in_hex(std::string_view octets) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : octets.substr(0, most_hex)) {
    const auto u = static_cast<unsigned char>(c);
    if (!out.empty()) out += ' ';
    out += digits[u >> 4U];
    out += digits[u & 15U];
  }
  return octets.size() > most_hex ? out + " ..." : out;
}

class frame_printer final : public frame_handler {
 public:
  frame_printer(const connection_facts& connection, services& world, bool hex)
      : connection_(connection), world_(world), hex_(hex) {}

  void on_frame(frame_way way, ws_frame frame, std::vector<ws_frame>& out) override {
    if (world_.log.enabled(net::log_level::info)) print(way, frame);
    out.push_back(std::move(frame));
  }

 private:
  void print(frame_way way, const ws_frame& frame) {
    const bool to_server = way == frame_way::client_to_server;
    line(std::string("WebSocket frame from ") +
         (to_server ? "client to server" : "server to client"));
    line("fin=" + std::to_string(int(frame.fin)) +
         " opcode=" + std::to_string(static_cast<int>(frame.op)) + " (" +
         std::string(name_of(frame.op)) + ") mask=" + std::to_string(int(to_server)) +
         " length=" + std::to_string(frame.payload.size()) + payload(to_server, frame));
  }

  std::string payload(bool to_server, const ws_frame& frame) {
    if (frame.payload.empty()) return {};
    ws::close_code fault{};
    if (frame.op == ws::opcode::close) {
      const auto close = ws::parse_close(frame.payload, fault);
      return close ? " code=" + std::to_string(close->code) + " " + printable(close->reason)
                   : std::string();
    }
    // Control frames may stand between the pieces of a message.
    line_masker& masker = to_server ? to_server_ : to_client_;
    const std::string shown =
        ws::is_control(frame.op) ? frame.payload : masker.mask(frame.payload, frame.fin);
    return " payload: " + (hex_ ? in_hex(shown) : printable(shown, most_text));
  }

  void line(const std::string& text) {
    world_.log.write(net::log_level::info, "wsLog",
                     "#" + std::to_string(connection_.id) + " " + text);
  }

  const connection_facts& connection_;
  services& world_;
  bool hex_;
  line_masker to_server_;
  line_masker to_client_;
};

class ws_log final : public frame_element {
 public:
  explicit ws_log(bool hex) : hex_(hex) {}
  std::unique_ptr<frame_handler> open(const connection_facts& connection,
                                      services& world) const override {
    return std::make_unique<frame_printer>(connection, world, hex_);
  }

 private:
  bool hex_;
};

std::unique_ptr<const frame_element> make(const element_node& node, build_context& /*context*/) {
  return std::make_unique<ws_log>(net::iequals(node.value("encoding"), "HEX"));
}

}  // namespace

const element_descriptor& ws_log_element() {
  static const element_descriptor d{
      .name = "wsLog",
      .doc = "Prints two lines for each WebSocket frame. Secret header lines are masked.",
      .example = R"(<wsLog encoding="HEX"/>)",
      .role = element_role::frame,
      .attributes = {{.name = "encoding",
                      .type = attribute_type::choice,
                      .doc = "How payloads are printed: as text, or octet by octet.",
                      .default_value = "RAW",
                      .choices = {"RAW", "HEX"}}},
      .make_frame = make,
  };
  return d;
}

}  // namespace gateway
