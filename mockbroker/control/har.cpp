#include "mockbroker/control/har.hpp"

#include <boost/json.hpp>
#include <cstdio>
#include <map>
#include <utility>

#include "crypto/digest.hpp"
#include "mockbroker/control/control_json.hpp"
#include "net/http_types.hpp"
#include "stomp/text.hpp"

namespace mockbroker {

namespace json = boost::json;

namespace {

using unit_kind = wire_unit::kind;
constexpr int switching_protocols = 101;
constexpr int no_size = -1;  // HAR: not known

double seconds_of(net::wall_time t) {
  return std::chrono::duration<double>(t.time_since_epoch()).count();
}

double milliseconds(net::duration d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

// "2026-11-27T02:34:02.123Z" (ISO 8601).
std::string iso_time(net::wall_time t) {
  using namespace std::chrono;
  const auto at = floor<std::chrono::milliseconds>(t);
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(at - day);
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), int(time.hours().count()),
                int(time.minutes().count()), int(time.seconds().count()),
                int(time.subseconds().count()));
  return text;
}

// The three words of a first line; the last has the rest.
struct first_line {
  std::string a, b, c;
  explicit first_line(const std::string& line) {
    const auto one = line.find(' ');
    const auto two = one == std::string::npos ? one : line.find(' ', one + 1);
    a = line.substr(0, one);
    if (one != std::string::npos) b = line.substr(one + 1, two - one - 1);
    if (two != std::string::npos) c = line.substr(two + 1);
  }
};

json::array fields_of(const stomp::frame& head) {
  json::array out;
  for (const auto& h : head.headers) {
    out.push_back(json::object{{"name", h.name}, {"value", is_secret(h.name) ? "***" : h.value}});
  }
  return out;
}

json::object request_of(const wire_unit& unit) {
  const first_line line(unit.frame.command);
  std::string host;
  for (const auto& h : unit.frame.headers) {
    if (net::iequals(h.name, "Host")) host = h.value;
  }
  json::array query;
  const auto mark = line.b.find('?');
  if (mark != std::string::npos) {
    for (const auto& q : net::parse_form(std::string_view(line.b).substr(mark + 1))) {
      query.push_back(json::object{{"name", q.name}, {"value", q.value}});
    }
  }
  return {{"method", line.a},
          {"url", "ws://" + host + line.b},
          {"httpVersion", line.c},
          {"cookies", json::array()},
          {"headers", fields_of(unit.frame)},
          {"queryString", std::move(query)},
          {"headersSize", unit.raw.size()},
          {"bodySize", 0}};
}

json::object response_of(const wire_unit* unit) {
  const first_line line(unit == nullptr ? std::string() : unit->frame.command);
  json::array fields;
  json::value size(no_size);
  if (unit != nullptr) {
    fields = fields_of(unit->frame);
    size = unit->raw.size();
  }
  return {{"status", unit == nullptr ? 0 : unit->code},
          {"statusText", line.c},
          {"httpVersion", line.a},
          {"cookies", json::array()},
          {"headers", std::move(fields)},
          {"content", json::object{{"size", 0}, {"mimeType", "x-unknown"}}},
          {"redirectURL", ""},
          {"headersSize", std::move(size)},
          {"bodySize", no_size}};
}

json::object message_of(const journal_entry& e) {
  const std::string data = without_secrets(e.unit.raw);
  const bool is_text = !e.unit.binary && stomp::is_utf8(data);
  return {{"type", e.direction == way::to_broker ? "send" : "receive"},
          {"time", seconds_of(e.wall)},
          {"opcode", is_text ? 1 : 2},
          {"data", is_text ? data : crypto::base64_encode(data)}};
}

class archive {
 public:
  void add(const journal_entry& e) {
    const auto key = std::pair(e.leg, e.connection);
    if (e.what == journal_entry::event::unit && e.unit.what == unit_kind::request) {
      open_[key] = exchanges_.size();
      exchanges_.push_back({&e, nullptr, e.at, {}});
      return;
    }
    const auto found = open_.find(key);
    if (found == open_.end()) return;
    exchange& of = exchanges_[found->second];
    of.last = e.at;
    if (e.what != journal_entry::event::unit || !client_saw(e)) return;
    if (e.unit.what == unit_kind::response) {
      of.response = &e;
    } else if (of.response != nullptr && of.response->unit.code == switching_protocols &&
               (e.unit.what == unit_kind::frame || e.unit.what == unit_kind::beat ||
                e.unit.what == unit_kind::octets)) {
      of.messages.push_back(message_of(e));
    }
  }

  json::array entries() {
    json::array out;
    for (auto& each : exchanges_) out.push_back(entry_of(each));
    return out;
  }

 private:
  struct exchange {
    const journal_entry* request;
    const journal_entry* response;
    net::time_point last;
    json::array messages;
  };

  static bool client_saw(const journal_entry& e) {
    if (e.direction == way::to_client) return e.became != journal_entry::fate::dropped;
    return e.became != journal_entry::fate::injected;
  }

  static json::object entry_of(exchange& of) {
    const auto began = of.request->at;
    const auto answered = of.response == nullptr ? of.last : of.response->at;
    json::object out{
        {"startedDateTime", iso_time(of.request->wall)},
        {"time", milliseconds(of.last - began)},
        {"request", request_of(of.request->unit)},
        {"response", response_of(of.response == nullptr ? nullptr : &of.response->unit)},
        {"cache", json::object()},
        {"timings", json::object{{"send", 0},
                                 {"wait", milliseconds(answered - began)},
                                 {"receive", milliseconds(of.last - answered)}}},
        {"connection", std::to_string(of.request->connection)},
        {"comment", of.request->leg}};
    if (of.response != nullptr && of.response->unit.code == switching_protocols) {
      out["_resourceType"] = "websocket";
      out["_webSocketMessages"] = std::move(of.messages);
    }
    return out;
  }

  std::map<std::pair<std::string, std::uint64_t>, std::size_t> open_;  // to the newest exchange
  std::vector<exchange> exchanges_;
};

}  // namespace

json::object har_of(const std::deque<journal_entry>& entries) {
  archive all;
  for (const auto& e : entries) all.add(e);
  return {{"log", json::object{{"version", "1.2"},
                               {"creator", json::object{{"name", "pumphouse mockbroker"},
                                                        {"version", PUMPHOUSE_VERSION}}},
                               {"pages", json::array()},
                               {"entries", all.entries()}}}};
}

}  // namespace mockbroker
