// <wsStompReassembler>: runs a flow on every STOMP frame of a WebSocket.
#include <algorithm>
#include <set>

#include "gateway/core/descriptor.hpp"
#include "gateway/core/script.hpp"
#include "gateway/core/text.hpp"
#include "stomp/parser.hpp"
#include "stomp/serializer.hpp"
#include "ws/utf8.hpp"

namespace gateway {

namespace {

stomp::dialect reading_rules() {
  stomp::dialect rules = stomp::lenient();
  rules.limit.body = script_limits::body;
  rules.limit.headers = 200;
  rules.limit.header_line = 8 * 1024;
  // A message that ends without NUL goes on in the next one.
  rules.complete_missing_nul = false;
  return rules;
}

// STOMP frames in one WebSocket frame.
constexpr std::size_t most_frames = 1000;

// Brokers that take other commands, or names with blanks, for these would do what no element saw.
bool is_plain(const stomp::frame& frame) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  for (const stomp::header& h : frame.headers)
    if (h.name.empty() || blank(h.name.front()) || blank(h.name.back())) return false;
  if (stomp::classify(frame.command, stomp::strict())) return true;
  constexpr std::string_view from_servers[] = {"CONNECTED", "MESSAGE", "RECEIPT", "ERROR"};
  return std::find(std::begin(from_servers), std::end(from_servers), frame.command) !=
         std::end(from_servers);
}

// STOMP frames may be split over messages and share one: only the stream of octets counts, and each
// frame goes on in a message of its own.
class stomp_frames final : public frame_handler {
 public:
  stomp_frames(const connection_facts& connection, services& world, const flow& elements)
      : connection_(connection), world_(world), elements_(elements) {}

  void on_frame(frame_way way, ws_frame frame, std::vector<ws_frame>& out) override {
    if (ws::is_control(frame.op)) return out.push_back(std::move(frame));
    const bool to_server = way == frame_way::client_to_server;
    direction& from = to_server ? to_server_ : to_client_;
    if (frame.op != ws::opcode::continuation) from.op = frame.op;
    std::string_view rest = frame.payload;
    const std::size_t before = out.size();
    do {
      if (out.size() - before > most_frames)
        throw frame_refused(ws::close_code::policy_violation,
                            "more than 1000 STOMP frames in one WebSocket frame");
      if (version_ && from.reader.at_boundary()) from.reader.set_version(*version_);
      auto event = from.reader.next(rest);
      if (event) take(std::move(*event), from, to_server, out);
    } while (!rest.empty());
    if (!frame.fin) return;
    if (auto event = from.reader.end_of_message()) take(std::move(*event), from, to_server, out);
  }

 private:
  struct direction {
    stomp::parser reader{reading_rules()};
    ws::opcode op = ws::opcode::text;  // of the message that is being read
  };

  void take(stomp::parse_event event, const direction& from, bool to_server,
            std::vector<ws_frame>& out) {
    if (const auto* wrong = std::get_if<stomp::failure>(&event)) {
      const bool large = wrong->code == stomp::errc_condition::limit_exceeded;
      const auto code = large ? ws::close_code::too_big : ws::close_code::protocol_error;
      throw frame_refused(code, "not STOMP: " + wrong->text);
    }
    auto* frame = std::get_if<stomp::frame>(&event);
    if (!frame) {
      // One heart-beat is as good as many.
      if (out.empty() || out.back().payload != "\n") out.push_back({from.op, true, "\n"});
      return;
    }
    if (!is_plain(*frame))
      throw frame_refused(ws::close_code::protocol_error,
                          "not STOMP: " + printable(frame->command, 40));
    if (!to_server && frame->command == "CONNECTED")
      version_ = stomp::parse_version(frame->get_or("version", "1.0"));
    if (run(*frame)) out.push_back(written(*frame, from.op));
  }

  // The frame as a request: method = command, uri = destination. False when the flow drops it.
  bool run(stomp::frame& frame) {
    net::http_request request;
    request.method = std::move(frame.command);
    request.target = frame.get_or("destination", "/");
    // The first of several counts (STOMP 1.2, Repeated Header Entries): the others would be seen by
    // elements and not by brokers.
    std::set<std::string_view> seen;
    for (const stomp::header& h : frame.headers)
      if (seen.insert(h.name).second) request.headers.add(h.name, h.value);
    request.body = net::make_string_body(std::move(frame.body));
    exchange ex(std::move(request), connection_, world_);
    const auto failures = world_.count.element_failures;
    const auto result = net::at_once(world_.runtime, elements_.forward(ex));
    const bool failed = world_.count.element_failures != failures;
    if (!result || failed) throw frame_refused(ws::close_code::internal_error, "an element failed");
    if (*result != outcome::proceed) return false;
    frame.command = ex.request.method;
    frame.headers.clear();
    for (const net::header_field& f : ex.request.headers.fields())
      frame.headers.push_back({f.name, f.value});
    auto body =
        net::at_once(world_.runtime, net::read_all(ex.request.body.get(), script_limits::texts));
    if (!body || !*body) throw frame_refused(ws::close_code::internal_error, "an element failed");
    frame.body = std::move(**body);
    return true;
  }

  ws_frame written(stomp::frame& frame, ws::opcode op) {
    // Scripts that give every frame a body mean those that can have one.
    if (!stomp::may_have_body(frame.command)) frame.body.clear();
    // A frame without a length stays one: brokers take texts and octets apart by it.
    if (frame.has("content-length")) frame.set("content-length", std::to_string(frame.body.size()));
    ws_frame out{op, true, {}};
    const auto error = stomp::serialize(
        frame, {version_.value_or(stomp::version::v1_0), stomp::length_policy::when_needed},
        out.payload);
    if (error) {
      world_.log.write(net::log_level::error, "wsStompReassembler",
                       "#" + std::to_string(connection_.id) + " a " + printable(frame.command, 40) +
                           " frame cannot be written: " + error.message());
      throw frame_refused(ws::close_code::internal_error, "an element failed");
    }
    if (op == ws::opcode::text && !ws::is_utf8(out.payload)) out.op = ws::opcode::binary;
    return out;
  }

  const connection_facts& connection_;
  services& world_;
  const flow& elements_;
  direction to_server_;
  direction to_client_;
  std::optional<stomp::version> version_;  // once agreed
};

class ws_stomp_reassembler final : public frame_element {
 public:
  explicit ws_stomp_reassembler(flow elements) : elements_(std::move(elements)) {}
  std::unique_ptr<frame_handler> open(const connection_facts& connection,
                                      services& world) const override {
    return std::make_unique<stomp_frames>(connection, world, elements_);
  }

 private:
  flow elements_;
};

// Everything inside must work on frames.
void check(const element_node& node, build_context& context) {
  for (const element_node& child : node.children) {
    if (child.descriptor->role == element_role::flow && !child.descriptor->on_stomp_frames)
      context.error(child,
                    "cannot stand in <wsStompReassembler>: it does not work on STOMP frames");
    check(child, context);
  }
}

std::unique_ptr<const frame_element> make(const element_node& node, build_context& context) {
  check(node, context);
  return std::make_unique<ws_stomp_reassembler>(context.make_flow(node));
}

}  // namespace

const element_descriptor& ws_stomp_reassembler_element() {
  static const element_descriptor d{
      .name = "wsStompReassembler",
      .doc =
          "Reads STOMP frames out of WebSocket messages, however they are split, and runs the "
          "elements inside on each, in both directions: as a request whose method is the "
          "command and whose uri is the destination. What does not proceed is dropped. One "
          "frame goes on in one message.",
      .example = R"(<wsStompReassembler>
  <if test="method == 'SEND'">
    <log/>
  </if>
</wsStompReassembler>)",
      .role = element_role::frame,
      .children = {{}},
      .make_frame = make,
  };
  return d;
}

}  // namespace gateway
