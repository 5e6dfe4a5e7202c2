#include "mockbroker/control/control.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>

#include "crypto/digest.hpp"
#include "mockbroker/control/control_json.hpp"
#include "mockbroker/faults/recording.hpp"
#include "mockbroker/relay/journal_wait.hpp"
#include "stomp/text.hpp"

namespace mockbroker {

namespace json = boost::json;

namespace {

constexpr std::string_view root = "/__mock/";
constexpr std::size_t largest_body = 16 * 1024 * 1024;
constexpr std::int64_t longest_wait_ms = 60000;
constexpr std::size_t most_entries = 10000;  // of one answer

// An answer that is an error.
struct refusal {
  int status;
  std::string text;
};

net::http_response answer(const json::value& v, int status = 200) {
  return net::make_response(status, "application/json", json::serialize(v) + "\n");
}
net::http_response answer(const refusal& r) { return answer({{"error", r.text}}, r.status); }

// One request: path parameters in order, the query, the body as JSON.
struct call {
  control::parts& of;
  std::vector<std::string> parameters;
  std::vector<net::header_field> query;
  json::value body;

  // Members that the call does not know are errors.
  const json::object& object(std::initializer_list<std::string_view> known) const {
    static const json::object none;
    if (body.is_null()) return none;
    if (!body.is_object()) throw refusal{400, "the body must be an object"};
    for (const auto& member : body.as_object()) {
      const std::string_view key(member.key());
      if (std::find(known.begin(), known.end(), key) != known.end()) continue;
      const std::vector<std::string_view> names(known);
      throw refusal{
          400, "member '" + std::string(key) + "' is not known" + stomp::suggestion(key, names)};
    }
    return body.as_object();
  }
  std::string text(const json::object& o, std::string_view name, const char* fallback) const {
    const auto* v = o.if_contains(name);
    if (v == nullptr && fallback != nullptr) return fallback;
    if (v == nullptr) throw refusal{400, "needs '" + std::string(name) + "'"};
    if (!v->is_string()) throw refusal{400, "'" + std::string(name) + "' must be a text"};
    return std::string(v->as_string());
  }
  std::int64_t number(const json::object& o, std::string_view name, std::int64_t fallback,
                      std::int64_t most) const {
    const auto* v = o.if_contains(name);
    if (v == nullptr) return fallback;
    if (!v->is_int64() || v->as_int64() < 0 || v->as_int64() > most) {
      throw refusal{
          400, "'" + std::string(name) + "' must be a number from 0 to " + std::to_string(most)};
    }
    return v->as_int64();
  }
  entry_match match(const json::object& o) const {
    auto made = match_from_json(o.if_contains("match"));
    if (auto* problem = std::get_if<fault_problem>(&made)) throw refusal{400, problem->text};
    return std::get<entry_match>(std::move(made));
  }
  class broker& broker() const {
    auto* found = of.broker ? of.broker() : nullptr;
    if (found == nullptr) throw refusal{409, "there is no broker here, only an upstream"};
    return *found;
  }
};

using answering = net::task<net::http_response> (*)(call& c);

net::task<net::http_response> ready(call&) { co_return answer({{"ready", true}}); }

net::task<net::http_response> list_faults(call& c) {
  json::array list;
  for (const auto& each : c.of.engine.all()) list.push_back(to_json(*each));
  co_return answer(json::object{{"faults", std::move(list)}});
}

net::task<net::http_response> add_fault(call& c) {
  auto made = fault_from_json(c.body);
  if (auto* problem = std::get_if<fault_problem>(&made)) throw refusal{400, problem->text};
  if (auto problem = c.of.engine.add(std::get<fault>(std::move(made)), c.of.rt.now())) {
    throw refusal{409, problem->text};
  }
  co_return answer(to_json(*c.of.engine.all().back()), 201);
}

const fault_engine::armed& named(const call& c) {
  const auto* found = c.of.engine.find(c.parameters.at(0));
  if (found == nullptr) throw refusal{404, "there is no fault '" + c.parameters.at(0) + "'"};
  return *found;
}

net::task<net::http_response> show_fault(call& c) { co_return answer(to_json(named(c))); }

net::task<net::http_response> remove_fault(call& c) {
  const json::object last = to_json(named(c));
  c.of.engine.remove(c.parameters.at(0));
  co_return answer(last);
}

net::task<net::http_response> fire_fault(call& c) {
  c.of.engine.fire(named(c).f.name);
  co_return answer(to_json(named(c)));
}

// Faults and the journal go; what the broker stores and who is connected stay.
net::task<net::http_response> reset(call& c) {
  c.object({});
  json::object out{{"unused", json::value_from(c.of.engine.unused())}};
  c.of.engine.clear();
  c.of.log.clear();
  const bool is_alone = std::all_of(c.of.relays.begin(), c.of.relays.end(),
                                    [](const relay* r) { return r->connections() == 0; });
  if (is_alone) c.of.log.renumber();
  co_return answer(out);
}

std::uint64_t since_of(const call& c) {
  std::uint64_t since = 0;
  for (const auto& q : c.query) {
    if (q.name != "since") throw refusal{400, "parameter '" + q.name + "' is not known: since"};
    const auto end = q.value.data() + q.value.size();
    if (std::from_chars(q.value.data(), end, since).ptr != end) {
      throw refusal{400, "'since' must be the number of an entry"};
    }
  }
  return since;
}

net::task<net::http_response> show_journal(call& c) {
  const auto since = since_of(c);
  json::array list;
  for (const auto& e : c.of.log.entries()) {
    if (e.number > since && list.size() < most_entries) list.push_back(to_json(e));
  }
  co_return answer(json::object{
      {"last", c.of.log.last()}, {"lost", c.of.log.lost()}, {"entries", std::move(list)}});
}

net::task<net::http_response> show_ladder(call& c) {
  const auto since = since_of(c);
  std::string text;
  for (const auto& e : c.of.log.entries()) {
    if (e.number > since) text += e.leg + ' ' + line_of(e) + '\n';
  }
  co_return net::make_response(200, "text/plain; charset=utf-8", std::move(text));
}

net::task<net::http_response> show_recording(call& c) {
  const auto* b = c.of.broker ? c.of.broker() : nullptr;
  const std::string profile = b != nullptr ? b->options().kind.name : "activemq";
  co_return net::make_response(
      200, "text/plain; charset=utf-8",
      recording_of(c.of.log.entries(), "client-broker", "recorded", profile));
}

json::array matching(const call& c, const entry_match& wanted, std::uint64_t since) {
  json::array list;
  for (const auto& e : c.of.log.entries()) {
    if (e.number > since && wanted.holds(e) && list.size() < most_entries) {
      list.push_back(to_json(e));
    }
  }
  return list;
}

// The frames that come nearest to `wanted`: how they differ.
json::array nearest_to(const call& c, const entry_match& wanted) {
  struct candidate {
    std::size_t differences;
    const journal_entry* entry;
  };
  std::vector<candidate> all;
  for (const auto& e : c.of.log.entries()) {
    if (e.what == journal_entry::event::unit && e.unit.what == wire_unit::kind::frame) {
      all.push_back({wanted.differences(e).size(), &e});
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.differences < b.differences; });
  json::array list;
  for (const auto& each : all) {
    if (list.size() == 3) break;
    json::object one = to_json(*each.entry);
    one["differences"] = json::value_from(wanted.differences(*each.entry));
    list.push_back(std::move(one));
  }
  return list;
}

net::task<net::http_response> nearest(call& c) {
  const auto wanted = c.match(c.object({"match"}));
  co_return answer(json::object{{"nearest", nearest_to(c, wanted)}});
}

net::task<net::http_response> wait(call& c) {
  const auto& o = c.object({"match", "count", "timeout_ms", "since"});
  const auto wanted = c.match(o);
  const auto count = std::size_t(c.number(o, "count", 1, 10000));
  const auto since = std::uint64_t(c.number(o, "since", 0, INT64_MAX));
  const auto limit = std::chrono::milliseconds(c.number(o, "timeout_ms", 2000, longest_wait_ms));
  const auto is_there = [&](const auto&) { return matching(c, wanted, since).size() >= count; };
  const auto came = co_await net::with_deadline(c.of.rt, c.of.rt.now() + limit,
                                                wait_for_journal(c.of.rt, c.of.log, is_there));
  json::object out{{"entries", matching(c, wanted, since)}};
  if (came) co_return answer(out);
  out["error"] = "not " + std::to_string(count) + " such frames within " +
                 std::to_string(limit.count()) + " ms";
  out["nearest"] = nearest_to(c, wanted);
  co_return answer(out, 408);
}

net::task<net::http_response> publish(call& c) {
  const auto& o = c.object({"destination", "body", "headers"});
  std::vector<stomp::header> headers;
  if (const auto* given = o.if_contains("headers")) {
    if (!given->is_object()) throw refusal{400, "'headers' must be an object of texts"};
    for (const auto& h : given->as_object()) {
      if (!h.value().is_string()) throw refusal{400, "'headers' must be an object of texts"};
      headers.push_back({std::string(h.key()), std::string(h.value().as_string())});
    }
  }
  const auto destination = c.text(o, "destination", nullptr);
  std::string id;
  const auto made =
      c.broker().publish(destination, c.text(o, "body", ""), headers, c.of.rt.now(), &id);
  if (made != outcome::done) {
    throw refusal{400, "'" + destination + "': " + std::string(to_string(made))};
  }
  co_return answer(json::object{{"message_id", id}}, 201);
}

net::task<net::http_response> list_connections(call& c) {
  json::array list;
  for (const auto* each : c.of.relays) {
    for (const auto& r : each->open()) {
      json::object subscriptions;
      for (const auto& [id, destination] : r.subscriptions) subscriptions[id] = destination;
      json::object one{{"leg", r.leg},
                       {"connection", r.number},
                       {"transport", r.websocket ? "ws" : "tcp"},
                       {"login", r.login},
                       {"subscriptions", std::move(subscriptions)}};
      if (r.version) one["version"] = stomp::to_string(*r.version);
      list.push_back(std::move(one));
    }
  }
  co_return answer(json::object{{"connections", std::move(list)}});
}

// What `action` makes of the connection of the path.
template <class Action>
void on_connection(const call& c, Action action) {
  const std::string& name = c.parameters.at(0);
  std::uint64_t number = 0;
  const auto* end = name.data() + name.size();
  if (std::from_chars(name.data(), end, number).ptr != end) {
    throw refusal{400, "a connection is a number, not '" + name + "'"};
  }
  for (auto* each : c.of.relays) {
    if (action(*each, number)) return;
  }
  throw refusal{404, "there is no open connection " + name};
}

net::task<net::http_response> send_raw(call& c) {
  const auto& o = c.object({"text", "base64", "way"});
  const auto direction = parse_way(c.text(o, "way", "to-client"));
  if (!direction) throw refusal{400, "'way' must be to-client or to-broker"};
  std::string octets = c.text(o, "text", "");
  if (o.contains("base64")) {
    auto decoded = crypto::base64_decode(c.text(o, "base64", nullptr));
    if (!decoded) throw refusal{400, "'base64' is none"};
    octets = std::move(*decoded);
  }
  on_connection(c, [&](relay& r, std::uint64_t number) {
    return r.inject(number, *direction, {written_part::kind::stomp, octets});
  });
  co_return answer(json::object{{"octets", octets.size()}});
}

net::task<net::http_response> close_connection(call& c) {
  const auto& o = c.object({"how", "code", "reason"});
  const std::string how = c.text(o, "how", "fin");
  ending e;
  e.what = how == "fin"     ? ending::kind::fin
           : how == "rst"   ? ending::kind::rst
           : how == "close" ? ending::kind::close
                            : throw refusal{400, "'how' must be fin, rst or close"};
  e.code = static_cast<std::uint16_t>(c.number(o, "code", 1000, 4999));
  e.reason = c.text(o, "reason", "");
  on_connection(c, [&](relay& r, std::uint64_t number) { return r.end(number, e); });
  co_return answer(json::object{{"closed", c.parameters.at(0)}});
}

net::task<net::http_response> restart(call& c) {
  const auto& o = c.object({"keep"});
  const auto* keep = o.if_contains("keep");
  if (keep != nullptr && !keep->is_bool()) throw refusal{400, "'keep' must be true or false"};
  if (!c.of.restart) throw refusal{409, "there is no broker here, only an upstream"};
  c.of.restart(keep != nullptr && keep->as_bool());
  // Answered when all connections are gone, so that what comes next finds a new broker.
  const auto deadline = c.of.rt.now() + std::chrono::seconds(2);
  while (c.of.rt.now() < deadline &&
         std::any_of(c.of.relays.begin(), c.of.relays.end(),
                     [](const relay* r) { return r->connections() > 0; })) {
    co_await net::next_turn(c.of.rt);
  }
  co_return answer(json::object{{"restarted", true}});
}

net::task<net::http_response> list_queues(call& c) {
  json::array list;
  for (const auto& d : c.broker().destinations()) {
    list.push_back(json::object{{"destination", d.text},
                                {"depth", d.pending},
                                {"in_flight", d.unsettled},
                                {"consumers", d.consumers},
                                {"enqueued", d.enqueued},
                                {"dequeued", d.dequeued}});
  }
  co_return answer(json::object{{"queues", std::move(list)}});
}

net::task<net::http_response> list_subscriptions(call& c) {
  json::array list;
  for (const auto& s : c.broker().subscriptions()) {
    list.push_back(json::object{{"id", s.id},
                                {"destination", s.destination},
                                {"ack", stomp::to_string(s.ack)},
                                {"selector", s.selector},
                                {"unsettled", s.unsettled}});
  }
  co_return answer(json::object{{"subscriptions", std::move(list)}});
}

net::task<net::http_response> show_actions(call& c);
net::task<net::http_response> show_calls(call& c);

struct row {
  std::string_view method;
  std::string_view path;  // behind the root; {} is a parameter
  answering run;
  std::string_view doc;
};
constexpr std::array rows{
    row{"GET", "", show_calls, "These calls."},
    row{"GET", "ready", ready, "Whether it serves."},
    row{"GET", "actions", show_actions, "The actions of faults with their attributes."},
    row{"GET", "faults", list_faults, "All faults, with how often each fired."},
    row{"POST", "faults", add_fault, "Arms one."},
    row{"GET", "faults/{}", show_fault, "One of them."},
    row{"DELETE", "faults/{}", remove_fault, "Takes it back."},
    row{"POST", "faults/{}/fire", fire_fault, "A manual one acts at its next match."},
    row{"POST", "reset", reset, "Takes back all faults and empties the journal."},
    row{"GET", "journal", show_journal, "What passed; ?since=NUMBER."},
    row{"GET", "ladder", show_ladder, "The same as lines of text."},
    row{"GET", "recording", show_recording, "What passed as a ladder that can be played again."},
    row{"POST", "wait", wait, "Until so many frames match: match, count, since, timeout_ms."},
    row{"POST", "nearest", nearest, "The frames that come nearest to a match."},
    row{"POST", "publish", publish, "As a client would: destination, body, headers."},
    row{"GET", "connections", list_connections, "Those that are open."},
    row{"POST", "connections/{}/send-raw", send_raw, "Octets to one: text or base64, way."},
    row{"POST", "connections/{}/close", close_connection, "Ends one: how, code, reason."},
    row{"POST", "restart", restart, "The broker ends and begins; keep: what it stores stays."},
    row{"GET", "queues", list_queues, "Destinations and their numbers."},
    row{"GET", "subscriptions", list_subscriptions, "Who subscribed to what."},
};

net::task<net::http_response> show_calls(call&) {
  json::array list;
  for (const auto& r : rows) {
    list.push_back(json::object{
        {"method", r.method}, {"path", std::string(root) + std::string(r.path)}, {"doc", r.doc}});
  }
  co_return answer(json::object{{"version", 1}, {"calls", std::move(list)}});
}

net::task<net::http_response> show_actions(call&) {
  json::array list;
  for (const auto& a : fault_actions()) {
    json::array attributes;
    for (const auto& each : a.attributes) {
      json::object one{{"name", each.name}, {"doc", each.doc}, {"needed", !each.fallback}};
      if (each.fallback) one["default"] = *each.fallback;
      attributes.push_back(std::move(one));
    }
    list.push_back(
        json::object{{"name", a.name}, {"doc", a.doc}, {"attributes", std::move(attributes)}});
  }
  co_return answer(json::object{{"actions", std::move(list)}});
}

// Whether `path` has the form of `pattern`; its parameters then.
bool fits(std::string_view pattern, std::string_view path, std::vector<std::string>& parameters) {
  while (true) {
    const auto own = std::min(pattern.find('/'), pattern.size());
    const auto given = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, given);
    if (pattern.substr(0, own) == "{}" && !part.empty()) {
      parameters.push_back(net::percent_decode(part).value_or(std::string(part)));
    } else if (pattern.substr(0, own) != part) {
      return false;
    }
    if (own == pattern.size() || given == path.size()) {
      return own == pattern.size() && given == path.size();
    }
    pattern.remove_prefix(own + 1);
    path.remove_prefix(given + 1);
  }
}

bool is_foreign(const net::http_request& request) {
  const auto origin = request.headers.get("Origin");
  if (!origin) return false;
  const auto host = request.headers.get("Host").value_or("");
  return *origin != "http://" + std::string(host);
}

}  // namespace

net::http_response control::refuse(const net::http_error& error) {
  return answer(refusal{error.status, error.detail});
}

net::task<net::http_response> control::handle(net::http_request& request) {
  if (is_foreign(request)) co_return answer(refusal{403, "pages from elsewhere may not call"});
  std::string_view path = request.path();
  if (!path.starts_with(root)) {
    co_return answer(refusal{404, "calls begin with " + std::string(root)});
  }
  path.remove_prefix(root.size());
  auto text = co_await net::read_all(request.body.get(), largest_body);
  if (!text) co_return answer(refusal{413, "the body is larger than 16 MiB"});
  call c{parts_, {}, net::parse_form(request.query()), nullptr};
  if (!text->empty()) {
    boost::system::error_code wrong;
    c.body = json::parse(*text, wrong);
    if (wrong) co_return answer(refusal{400, "the body is no JSON: " + wrong.message()});
  }
  const row* found = nullptr;
  bool other_method = false;
  for (const auto& r : rows) {
    std::vector<std::string> parameters;
    if (!fits(r.path, path, parameters)) continue;
    other_method = true;
    if (r.method != request.method) continue;
    found = &r;
    c.parameters = std::move(parameters);
  }
  if (found == nullptr) {
    std::vector<std::string_view> known;
    for (const auto& r : rows) known.push_back(r.path);
    co_return answer(other_method ? refusal{405, request.method + " is not for this path"}
                                  : refusal{404, "there is no call '" + std::string(path) + "'" +
                                                     stomp::suggestion(path, known)});
  }
  std::optional<refusal> refused;
  try {
    co_return co_await found->run(c);
  } catch (const refusal& r) {
    refused = r;
  }
  co_return answer(*refused);
}

}  // namespace mockbroker
