// The table of actions: one row and one function for each. Add a fault here and nowhere else.
#include <algorithm>
#include <array>

#include "mockbroker/faults/fault_engine.hpp"
#include "stomp/serializer.hpp"
#include "ws/close.hpp"
#include "ws/writer.hpp"

namespace mockbroker {
namespace {

using place = fault_action::acts_on;
using kind = wire_unit::kind;

stomp::frame error_frame(const fault_call& c) {
  stomp::frame f{"ERROR", {}, std::string(c.f.text("body"))};
  f.add("message", c.f.text("message"));
  if (const auto receipt = c.unit.frame.get("receipt")) f.add("receipt-id", *receipt);
  return f;
}

void drop(fault_call& c) { c.out.altered = true; }

void delay(fault_call& c) { c.out.delay += c.f.duration("by"); }

void keep(fault_call& c) {
  if (c.out.altered) return;
  c.out.altered = true;
  c.out.forward.push_back(part_of(c.unit));
}

void duplicate(fault_call& c) {
  keep(c);
  const auto once = c.out.forward;
  for (std::uint64_t i = 1; i < c.f.number("times"); ++i) {
    c.out.forward.insert(c.out.forward.end(), once.begin(), once.end());
  }
}

void reorder(fault_call& c) {
  c.out.altered = true;
  c.connection.held.emplace_back(c.direction, c.unit);
}

void corrupt(fault_call& c) {
  malform_context how;
  how.to_broker = c.direction == way::to_broker;
  how.websocket = c.connection.websocket;
  how.v = c.connection.version.value_or(stomp::version::v1_2);
  const std::uint64_t chance = c.random();
  for (std::size_t i = 0; i < how.mask.size(); ++i) how.mask[i] = std::uint8_t(chance >> (8 * i));
  const malformation& m = *find_malformation(c.f.text("kind"));
  if (m.websocket_only && !how.websocket) return;
  auto made = m.make(c.unit.frame, how);
  c.out.altered = true;
  c.out.forward = std::move(made.parts);
  if (made.end == malformed::ending::fin) c.out.end.what = ending::kind::fin;
  if (made.end == malformed::ending::rst) c.out.end.what = ending::kind::rst;
}

void rewrite(fault_call& c) {
  stomp::frame f = c.unit.frame;
  if (!c.f.text("command").empty()) f.command = c.f.text("command");
  for (const auto& [name, value] : c.f.with) {
    if (name.starts_with("set.")) f.set(name.substr(4), value);
    if (name.starts_with("remove.")) f.remove(name.substr(7));
  }
  if (const auto body = c.f.with.find("body"); body != c.f.with.end() && body->second != "*") {
    f.body = body->second;
    if (f.has("content-length")) f.set("content-length", std::to_string(f.body.size()));
  }
  c.out.altered = true;
  c.out.forward = {fault_call::part_of(f, c.connection)};
}

void reply(fault_call& c) {
  stomp::frame f{std::string(c.f.text("command")), {}, std::string(c.f.text("body"))};
  for (const auto& [name, value] : c.f.with) {
    if (name.starts_with("set.")) f.add(name.substr(4), value);
  }
  if (f.command == "RECEIPT" && !f.has("receipt-id")) {
    f.add("receipt-id", c.unit.frame.get_or("receipt", "none"));
  }
  c.out.altered = true;
  c.out.forward.clear();
  c.out.back.push_back(fault_call::part_of(f, c.connection));
}

void error(fault_call& c) {
  c.out.altered = true;
  c.out.forward.clear();
  c.out.back.push_back(fault_call::part_of(error_frame(c), c.connection));
  if (c.f.text("then") == "close") c.out.end.what = ending::kind::close;
  if (c.f.text("then") == "close") c.out.end.code = 1002;
}

void auth_fail(fault_call& c) {
  error(c);
  c.out.end.what = ending::kind::fin;
}

void close_ws(fault_call& c) {
  keep(c);
  if (c.f.text("unit") == "drop") c.out.forward.clear();
  c.out.end.what = ending::kind::close;
  c.out.end.code = static_cast<std::uint16_t>(c.f.number("code"));
  c.out.end.reason = c.f.text("reason");
}

void fin(fault_call& c) { c.out.end.what = ending::kind::fin; }
void rst(fault_call& c) { c.out.end.what = ending::kind::rst; }

void truncate(fault_call& c) {
  c.out.altered = true;
  c.out.forward = {
      {written_part::kind::stomp,
       c.unit.raw.substr(0, std::min<std::size_t>(c.f.number("after"), c.unit.raw.size()))}};
  c.out.end.what = ending::kind::fin;
}

void blackhole(fault_call& c) {
  c.out.altered = true;
  c.out.blackhole = true;
}
void stop_reading(fault_call& c) { c.out.stop_reading = true; }

void wrong_version(fault_call& c) {
  stomp::frame f = c.unit.frame;
  f.set("version", c.f.text("version"));
  c.out.altered = true;
  c.out.forward = {fault_call::part_of(f, c.connection)};
}

std::string_view reason_of(std::uint64_t status) {
  switch (status) {
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 426:
      return "Upgrade Required";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    default:
      return "Refused";
  }
}

void fail_upgrade(fault_call& c) {
  const std::uint64_t status = c.f.number("status");
  c.out.altered = true;
  c.out.forward.clear();
  std::string head = "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason_of(status)) +
                     "\r\nContent-Length: 0\r\nConnection: close\r\n";
  if (status == 401) head += "WWW-Authenticate: Basic realm=\"mock\"\r\n";
  c.out.back.push_back({written_part::kind::wire, head + "\r\n"});
  c.out.end.what = ending::kind::fin;
}

// The head again with another value of `name`; empty: without the field.
written_part head_with(const wire_unit& unit, std::string_view name, std::string_view value) {
  std::string text = unit.frame.command + "\r\n";
  for (const auto& h : unit.frame.headers) {
    const bool is_it = std::equal(h.name.begin(), h.name.end(), name.begin(), name.end(),
                                  [](char a, char b) { return (a | 0x20) == (b | 0x20); });
    if (!is_it) text += h.name + ": " + h.value + "\r\n";
  }
  if (!value.empty()) text += std::string(name) + ": " + std::string(value) + "\r\n";
  return {written_part::kind::wire, text + "\r\n"};
}

void wrong_subprotocol(fault_call& c) {
  c.out.altered = true;
  c.out.forward = {head_with(c.unit, "Sec-WebSocket-Protocol", c.f.text("protocol"))};
}
void wrong_accept(fault_call& c) {
  c.out.altered = true;
  c.out.forward = {head_with(c.unit, "Sec-WebSocket-Accept", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=")};
}

void refuse_connect(fault_call& c) { c.out.end.what = ending::kind::rst; }

using t = attribute_type;

const std::vector<fault_action> rows{
    {"drop", "The unit does not arrive.", place::unit, {}, {}, {}, 1, drop},
    {"eat_heartbeats", "Beats do not arrive.", place::unit, {}, kind::beat, {}, 0, drop},
    {"delay",
     "The unit and all behind it wait.",
     place::unit,
     {{"by", t::duration, {}, "how long"}},
     {},
     {},
     1,
     delay},
    {"duplicate",
     "The unit arrives several times.",
     place::unit,
     {{"times", t::number, "2", "how often it arrives"}},
     {},
     {},
     1,
     duplicate},
    {"reorder", "The unit arrives behind the next one.", place::unit, {}, {}, {}, 1, reorder},
    {"corrupt",
     "A malformation of the catalogue takes the frame's place.",
     place::unit,
     {{"kind", t::malformation, {}, "its name"}},
     {},
     {},
     1,
     corrupt},
    {"rewrite",
     "The frame arrives changed: set.NAME=value, remove.NAME=, command, body.",
     place::unit,
     {{"command", t::text, "", "the new command; empty: as it was"},
      {"body", t::text, "*", "the new body; *: as it was"}},
     {},
     {},
     1,
     rewrite},
    {"reply",
     "The frame does not arrive; its sender gets this one: set.NAME=value, body.",
     place::unit,
     {{"command", t::text, {}, "of the reply"}, {"body", t::text, "", "of the reply"}},
     {},
     way::to_broker,
     1,
     reply},
    {"error",
     "The frame does not arrive; its sender gets an ERROR.",
     place::unit,
     {{"message", t::text, "refused by a fault", "header of the ERROR"},
      {"body", t::text, "", "of the ERROR"},
      {"then", t::text, "close", "close or keep the connection"}},
     {},
     way::to_broker,
     1,
     error},
    {"auth_fail",
     "CONNECT is answered with an ERROR, and the connection ends.",
     place::unit,
     {{"message", t::text, "User name [null] or password is invalid.", "header of the ERROR"},
      {"body", t::text, "", "of the ERROR"}},
     {},
     way::to_broker,
     1,
     auth_fail},
    {"wrong_version",
     "CONNECTED names another version.",
     place::unit,
     {{"version", t::text, "9.9", "that it names"}},
     {},
     way::to_client,
     1,
     wrong_version},
    {"close_ws",
     "A WebSocket Close goes to both sides, behind the unit.",
     place::unit,
     {{"code", t::number, "1011", "of the Close"},
      {"reason", t::text, "", "of the Close"},
      {"unit", t::text, "keep", "keep or drop the unit"}},
     {},
     {},
     1,
     close_ws},
    {"fin",
     "Both sides see the end of the stream behind the unit.",
     place::unit,
     {},
     {},
     {},
     1,
     fin},
    {"rst", "Both sides see a reset behind the unit.", place::unit, {}, {}, {}, 1, rst},
    {"truncate",
     "Only the first octets of the frame arrive, then the end of the stream.",
     place::unit,
     {{"after", t::number, "1", "octets that arrive"}},
     {},
     {},
     1,
     truncate},
    {"blackhole",
     "From this unit on nothing of its direction arrives.",
     place::unit,
     {},
     {},
     {},
     1,
     blackhole},
    {"stop_reading",
     "Behind this unit its direction is not read any more.",
     place::unit,
     {},
     {},
     {},
     1,
     stop_reading},
    {"fail_upgrade",
     "The WebSocket handshake is refused.",
     place::unit,
     {{"status", t::number, "503", "of the answer"}},
     kind::request,
     way::to_broker,
     1,
     fail_upgrade},
    {"wrong_subprotocol",
     "The 101 names another subprotocol.",
     place::unit,
     {{"protocol", t::text, "mqtt", "that it names; empty: none"}},
     kind::response,
     way::to_client,
     1,
     wrong_subprotocol},
    {"wrong_accept",
     "The 101 has a wrong Sec-WebSocket-Accept.",
     place::unit,
     {},
     kind::response,
     way::to_client,
     1,
     wrong_accept},
    {"refuse_connect",
     "The connection is reset as soon as it was accepted.",
     place::connection,
     {},
     {},
     {},
     1,
     refuse_connect},
    {"latency",
     "Octets arrive later (Toxiproxy).",
     place::stream,
     {{"latency", t::duration, "0", "how much later"},
      {"jitter", t::duration, "0", "up to so much more or less"}},
     {},
     way::to_client,
     0},
    {"bandwidth",
     "Octets arrive at a limited rate (Toxiproxy).",
     place::stream,
     {{"rate", t::number, "0", "kilobytes a second"}},
     {},
     way::to_client,
     0},
    {"slow_close",
     "The end of the stream arrives later (Toxiproxy).",
     place::stream,
     {{"delay", t::duration, "0", "how much later"}},
     {},
     way::to_client,
     0},
    {"timeout",
     "Nothing arrives, and the connection ends later (Toxiproxy).",
     place::stream,
     {{"timeout", t::duration, "0", "how much later; 0: never"}},
     {},
     way::to_client,
     0},
    {"reset_peer",
     "The connection is reset (Toxiproxy).",
     place::stream,
     {{"timeout", t::duration, "0", "how much later"}},
     {},
     way::to_client,
     0},
    {"slicer",
     "Octets arrive in small pieces (Toxiproxy).",
     place::stream,
     {{"average_size", t::number, "1", "octets of a piece"},
      {"size_variation", t::number, "0", "up to so many more or less"},
      {"delay", t::number, "0", "microseconds between two pieces"}},
     {},
     way::to_client,
     0},
    {"limit_data",
     "The connection ends behind so many octets (Toxiproxy).",
     place::stream,
     {{"bytes", t::number, "0", "that arrive"}},
     {},
     way::to_client,
     0},
};

}  // namespace

std::span<const fault_action> fault_actions() { return rows; }

const fault_action* find_fault_action(std::string_view name) {
  const auto all = fault_actions();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& row) { return row.name == name; });
  return found == all.end() ? nullptr : &*found;
}

bool takes_headers(const fault_action& action) noexcept {
  return action.name == "rewrite" || action.name == "reply";
}

written_part part_of(const wire_unit& unit) {
  const bool is_stomp =
      unit.what == kind::frame || unit.what == kind::beat || unit.what == kind::octets;
  return {is_stomp ? written_part::kind::stomp : written_part::kind::wire, unit.raw};
}

written_part fault_call::part_of(const stomp::frame& frame, const relayed_connection& to) {
  stomp::serialize_options how;
  how.v = to.version.value_or(stomp::version::v1_2);
  how.length = stomp::length_policy::when_needed;
  how.headers = stomp::header_policy::raw_values;
  written_part part{written_part::kind::stomp, {}};
  // What the version cannot express is left out: a fault must not stop the run.
  if (stomp::serialize(frame, how, part.octets)) {
    stomp::frame bare{frame.command, {}, {}};
    stomp::serialize(bare, how, part.octets);
  }
  return part;
}

}  // namespace mockbroker
