#include "mockbroker/control/calls.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>

#include "crypto/digest.hpp"
#include "mockbroker/control/call_shapes.hpp"
#include "mockbroker/control/har.hpp"
#include "mockbroker/control/metrics.hpp"
#include "mockbroker/faults/malformations.hpp"
#include "mockbroker/faults/recording.hpp"
#include "mockbroker/relay/journal_wait.hpp"
#include "stomp/text.hpp"

namespace mockbroker {

namespace json = boost::json;

namespace {

constexpr std::size_t most_entries = 10000;  // of one answer
constexpr std::string_view plain_text = "text/plain; charset=utf-8";
constexpr std::string_view metrics_text = "text/plain; version=0.0.4; charset=utf-8";

bool read_number(std::string_view text, std::uint64_t& into) {
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, into);
  return read.ec == std::errc() && read.ptr == end && !text.empty();
}

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

// Faults and the journal go, the leg has its own name again; what the broker stores and who is
// connected stay.
net::task<net::http_response> reset(call& c) {
  json::object out{{"unused", json::value_from(c.of.engine.unused())}};
  c.of.engine.clear();
  c.of.log.clear();
  for (auto* each : c.of.relays) each->set_leg(relay_options().leg);
  const bool is_alone = std::all_of(c.of.relays.begin(), c.of.relays.end(),
                                    [](const relay* r) { return r->connections() == 0; });
  if (is_alone) c.of.log.renumber();
  co_return answer(out);
}

// What stands in front of the broker is known to its caller only.
net::task<net::http_response> name_leg(call& c) {
  const std::string name = c.text(c.object(), "leg");
  for (auto* each : c.of.relays) each->set_leg(name);
  co_return answer(json::object{{"leg", name}});
}

// What is newer than `since`: now, or as soon as it has come within `wait_ms`.
net::task<net::http_response> show_journal(call& c) {
  const auto since = c.given("since", 0);
  const auto limit = std::chrono::milliseconds(c.given("wait_ms", 0));
  if (limit.count() > 0) {
    const auto is_news = [&](const auto&) { return c.of.log.last() != since; };
    co_await net::with_deadline(c.of.real, c.of.real.now() + limit,
                                wait_for_journal(c.of.real, c.of.log, is_news));
  }
  json::array list;
  const auto& kept = c.of.log.entries();
  for (const auto& e : kept) {
    if (e.number > since && list.size() < most_entries) list.push_back(to_json(e));
  }
  co_return answer(json::object{{"first", kept.empty() ? c.of.log.last() + 1 : kept.front().number},
                                {"last", c.of.log.last()},
                                {"lost", c.of.log.lost()},
                                {"entries", std::move(list)}});
}

net::task<net::http_response> show_entry(call& c) {
  const auto number = c.path_number("an entry");
  const auto& kept = c.of.log.entries();
  const auto found = std::find_if(kept.begin(), kept.end(),
                                  [&](const journal_entry& e) { return e.number == number; });
  if (found == kept.end()) {
    throw refusal{404, "there is no entry " + std::to_string(number) + " in the journal"};
  }
  co_return answer(with_octets(*found));
}

net::task<net::http_response> show_ladder(call& c) {
  const auto since = c.given("since", 0);
  std::string text;
  for (const auto& e : c.of.log.entries()) {
    if (e.number > since) text += e.leg + ' ' + line_of(e) + '\n';
  }
  co_return net::make_response(200, plain_text, std::move(text));
}

net::task<net::http_response> show_recording(call& c) {
  const auto* b = c.of.broker ? c.of.broker() : nullptr;
  const std::string profile = b != nullptr ? b->options().kind.name : "activemq";
  const std::string leg = c.of.relays.empty() ? relay_options().leg : c.of.relays.front()->leg();
  co_return net::make_response(200, plain_text,
                               recording_of(c.of.log.entries(), leg, "recorded", profile));
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
  const auto wanted = c.match(c.object());
  co_return answer(json::object{{"nearest", nearest_to(c, wanted)}});
}

net::task<net::http_response> wait(call& c) {
  const auto& o = c.object();
  const auto wanted = c.match(o);
  const auto count = std::size_t(c.number(o, "count", 1));
  const auto since = std::uint64_t(c.number(o, "since", 0));
  const auto limit = std::chrono::milliseconds(c.number(o, "timeout_ms", 2000));
  const auto is_there = [&](const auto&) { return matching(c, wanted, since).size() >= count; };
  const auto came = co_await net::with_deadline(c.of.real, c.of.real.now() + limit,
                                                wait_for_journal(c.of.real, c.of.log, is_there));
  json::object out{{"entries", matching(c, wanted, since)}};
  if (came) co_return answer(out);
  out["error"] = "not " + std::to_string(count) + " such frames within " +
                 std::to_string(limit.count()) + " ms";
  out["nearest"] = nearest_to(c, wanted);
  co_return answer(out, 408);
}

net::task<net::http_response> publish(call& c) {
  const auto& o = c.object();
  std::vector<stomp::header> headers;
  if (const auto* given = o.if_contains("headers")) {
    for (const auto& h : given->as_object()) {
      headers.push_back({std::string(h.key()), std::string(h.value().as_string())});
    }
  }
  const auto destination = c.text(o, "destination");
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
  const auto number = c.path_number("a connection");
  for (auto* each : c.of.relays) {
    if (action(*each, number)) return;
  }
  throw refusal{404, "there is no open connection " + std::to_string(number)};
}

net::task<net::http_response> send_raw(call& c) {
  const auto& o = c.object();
  const auto direction = parse_way(c.text(o, "way", "to-client"));
  std::string octets = c.text(o, "text", "");
  if (o.contains("base64")) {
    auto decoded = crypto::base64_decode(c.text(o, "base64"));
    if (!decoded) throw refusal{400, "'base64' is none"};
    octets = std::move(*decoded);
  }
  on_connection(c, [&](relay& r, std::uint64_t number) {
    return r.inject(number, *direction, {written_part::kind::stomp, octets});
  });
  co_return answer(json::object{{"octets", octets.size()}});
}

net::task<net::http_response> close_connection(call& c) {
  const auto& o = c.object();
  const std::string how = c.text(o, "how", "fin");
  ending e;
  e.what = how == "fin"   ? ending::kind::fin
           : how == "rst" ? ending::kind::rst
                          : ending::kind::close;
  e.code = static_cast<std::uint16_t>(c.number(o, "code", 1000));
  e.reason = c.text(o, "reason", "");
  on_connection(c, [&](relay& r, std::uint64_t number) { return r.end(number, e); });
  co_return answer(json::object{{"closed", c.parameters.at(0)}});
}

// Resets end connections soon, but not at once: what comes next must find none.
net::task<void> until_all_are_gone(call& c) {
  const auto deadline = c.of.real.now() + std::chrono::seconds(2);
  while (c.of.real.now() < deadline &&
         std::any_of(c.of.relays.begin(), c.of.relays.end(),
                     [](const relay* r) { return r->connections() > 0; })) {
    co_await net::next_turn(c.of.real);
  }
}

net::task<net::http_response> drop_connections(call& c) {
  std::size_t dropped = 0;
  for (auto* each : c.of.relays) {
    dropped += each->connections();
    each->reset_all();
  }
  co_await until_all_are_gone(c);
  co_return answer(json::object{{"dropped", dropped}});
}

net::task<net::http_response> restart(call& c) {
  const auto& o = c.object();
  const auto* keep = o.if_contains("keep");
  if (!c.of.restart) throw refusal{409, "there is no broker here, only an upstream"};
  c.of.restart(keep != nullptr && keep->as_bool());
  co_await until_all_are_gone(c);
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
  json::array catalogue;
  for (const auto& m : malformations()) {
    catalogue.push_back(json::object{{"name", m.name}, {"doc", m.doc}});
  }
  co_return answer(
      json::object{{"actions", std::move(list)}, {"malformations", std::move(catalogue)}});
}

net::task<net::http_response> show_calls(call&) {
  json::array list;
  for (const auto& r : call_rows()) {
    list.push_back(json::object{
        {"method", r.method}, {"path", "/__mock/" + std::string(r.path)}, {"doc", r.doc}});
  }
  co_return answer(json::object{{"version", 1}, {"calls", std::move(list)}});
}

double milliseconds(net::duration d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

json::object clock_of(const call& c) {
  const auto wall = std::chrono::floor<std::chrono::milliseconds>(c.of.rt.wall_now());
  return {{"now_ms", milliseconds(c.of.rt.now().time_since_epoch())},
          {"wall_ms", wall.time_since_epoch().count()},
          {"scale", c.of.clock->scale()},
          {"advanced_ms", milliseconds(c.of.clock->advanced())}};
}

net::task<net::http_response> show_clock(call& c) { co_return answer(clock_of(c)); }

net::task<net::http_response> advance_clock(call& c) {
  const auto by = std::chrono::milliseconds(c.number(c.object(), "advance_ms", 0));
  const bool moved = co_await c.of.clock->advance(by);
  if (!moved) throw refusal{409, "another call is advancing the time"};
  co_return answer(clock_of(c));
}

net::task<net::http_response> show_har(call& c) { co_return answer(har_of(c.of.log.entries())); }

net::task<net::http_response> show_metrics(call& c) {
  co_return net::make_response(200, metrics_text, metrics_of(c.of));
}

// A row as JSON: what it takes and gives, each a schema by itself.
json::object schema_of_call(const call_row& r) {
  json::object out{
      {"method", r.method}, {"path", "/__mock/" + std::string(r.path)}, {"doc", r.doc}};
  shape query;
  query.what = shape::kind::object;
  query.members = r.query.data();
  query.count = r.query.size();
  out["query"] = schema_of(query);
  out["request"] = schema_of(r.request);
  out["status"] = r.status;
  out["type"] = r.type;
  if (r.type == json_type) out["response"] = schema_of(r.answer);
  return out;
}

net::task<net::http_response> show_schema(call&) {
  json::array list;
  for (const auto& r : call_rows()) list.push_back(schema_of_call(r));
  co_return answer(json::object{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                                {"version", 1},
                                {"error", schema_of(object_of(shapes::error))},
                                {"calls", std::move(list)}});
}

constexpr std::array rows{
    call_row{.method = "GET",
             .path = "",
             .run = show_calls,
             .doc = "These calls.",
             .answer = object_of(shapes::calls)},
    call_row{.method = "GET",
             .path = "ready",
             .run = ready,
             .doc = "Whether it serves.",
             .answer = object_of(shapes::ready)},
    call_row{.method = "GET",
             .path = "actions",
             .run = show_actions,
             .doc = "The actions of faults with their attributes, and the malformations.",
             .answer = object_of(shapes::actions)},
    call_row{.method = "GET",
             .path = "faults",
             .run = list_faults,
             .doc = "All faults, with how often each fired.",
             .answer = object_of(shapes::faults)},
    call_row{.method = "POST",
             .path = "faults",
             .run = add_fault,
             .doc = "Arms one.",
             .request = special(fault_schema),
             .status = 201,
             .answer = shapes::one_fault},
    call_row{.method = "GET",
             .path = "faults/{}",
             .run = show_fault,
             .doc = "One of them.",
             .answer = shapes::one_fault},
    call_row{.method = "DELETE",
             .path = "faults/{}",
             .run = remove_fault,
             .doc = "Takes it back.",
             .answer = shapes::one_fault},
    call_row{.method = "POST",
             .path = "faults/{}/fire",
             .run = fire_fault,
             .doc = "A manual one acts at its next match.",
             .answer = shapes::one_fault},
    call_row{.method = "POST",
             .path = "reset",
             .run = reset,
             .doc = "Takes back all faults and the leg's name, and empties the journal.",
             .answer = object_of(shapes::reset)},
    call_row{.method = "POST",
             .path = "leg",
             .run = name_leg,
             .doc = "What the leg is called for connections from now on, until a reset.",
             .request = object_of(shapes::leg),
             .answer = object_of(shapes::leg)},
    call_row{.method = "GET",
             .path = "journal",
             .run = show_journal,
             .doc = "What passed; ?since=NUMBER&wait_ms=TIME.",
             .query = shapes::journal_query,
             .answer = object_of(shapes::journal)},
    call_row{.method = "GET",
             .path = "journal/{}",
             .run = show_entry,
             .doc = "One entry, with its octets.",
             .answer = object_of(shapes::entry_with_octets)},
    call_row{.method = "GET",
             .path = "ladder",
             .run = show_ladder,
             .doc = "The same as lines of text.",
             .query = shapes::since,
             .type = plain_text},
    call_row{.method = "GET",
             .path = "recording",
             .run = show_recording,
             .doc = "What passed as a ladder that can be played again.",
             .type = plain_text},
    call_row{.method = "GET",
             .path = "clock",
             .run = show_clock,
             .doc = "The broker's time.",
             .answer = object_of(shapes::clock)},
    call_row{.method = "POST",
             .path = "clock",
             .run = advance_clock,
             .doc = "Moves it forward: advance_ms. What is due by then happens, in order.",
             .request = object_of(shapes::advance),
             .answer = object_of(shapes::clock)},
    call_row{.method = "GET",
             .path = "har",
             .run = show_har,
             .doc = "What passed over WebSocket, as browsers save it (HAR 1.2).",
             .answer = object_of(shapes::har)},
    call_row{.method = "GET",
             .path = "metrics",
             .run = show_metrics,
             .doc = "Numbers in the text format of Prometheus.",
             .type = metrics_text},
    call_row{.method = "GET",
             .path = "schema",
             .run = show_schema,
             .doc = "What each call takes and gives, as JSON Schema 2020-12.",
             .answer = object_of(shapes::schema)},
    call_row{.method = "POST",
             .path = "wait",
             .run = wait,
             .doc = "Until so many frames match: match, count, since, timeout_ms.",
             .request = object_of(shapes::wait),
             .answer = object_of(shapes::came)},
    call_row{.method = "POST",
             .path = "nearest",
             .run = nearest,
             .doc = "The frames that come nearest to a match.",
             .request = object_of(shapes::nearest),
             .answer = object_of(shapes::nearest_frames)},
    call_row{.method = "POST",
             .path = "publish",
             .run = publish,
             .doc = "As a client would: destination, body, headers.",
             .request = object_of(shapes::publish),
             .status = 201,
             .answer = object_of(shapes::published)},
    call_row{.method = "GET",
             .path = "connections",
             .run = list_connections,
             .doc = "Those that are open.",
             .answer = object_of(shapes::connections)},
    call_row{.method = "POST",
             .path = "connections/drop",
             .run = drop_connections,
             .doc = "All of them end, with a reset.",
             .answer = object_of(shapes::dropped)},
    call_row{.method = "POST",
             .path = "connections/{}/send-raw",
             .run = send_raw,
             .doc = "Octets to one: text or base64, way.",
             .request = object_of(shapes::send_raw),
             .answer = object_of(shapes::written)},
    call_row{.method = "POST",
             .path = "connections/{}/close",
             .run = close_connection,
             .doc = "Ends one: how, code, reason.",
             .request = object_of(shapes::close),
             .answer = object_of(shapes::closed)},
    call_row{.method = "POST",
             .path = "restart",
             .run = restart,
             .doc = "The broker ends and begins; keep: what it stores stays.",
             .request = object_of(shapes::restart),
             .answer = object_of(shapes::restarted)},
    call_row{.method = "GET",
             .path = "queues",
             .run = list_queues,
             .doc = "Destinations and their numbers.",
             .answer = object_of(shapes::queues)},
    call_row{.method = "GET",
             .path = "subscriptions",
             .run = list_subscriptions,
             .doc = "Who subscribed to what.",
             .answer = object_of(shapes::subscriptions)},
};

}  // namespace

std::span<const call_row> call_rows() { return rows; }

net::http_response answer(const json::value& v, int status) {
  return net::make_response(status, json_type, json::serialize(v) + "\n");
}
net::http_response answer(const refusal& r) { return answer({{"error", r.text}}, r.status); }

void check(const call_row& row, const call& c) {
  const bool may_miss = row.request.what == shape::kind::object;
  const json::value body = c.body.is_null() && may_miss ? json::value(json::object()) : c.body;
  if (const auto wrong = problem_with(body, row.request)) throw refusal{400, *wrong};
  for (const auto& q : c.query) {
    const auto known = std::find_if(row.query.begin(), row.query.end(),
                                    [&](const member& m) { return m.name == q.name; });
    if (known == row.query.end()) {
      std::vector<std::string_view> names;
      for (const auto& m : row.query) names.push_back(m.name);
      throw refusal{400,
                    "parameter '" + q.name + "' is not known" + stomp::suggestion(q.name, names)};
    }
    std::uint64_t value = 0;
    const bool is_number = read_number(q.value, value) && value <= INT64_MAX;
    const json::value as_json = is_number ? json::value(std::int64_t(value)) : json::value(q.value);
    if (const auto wrong = problem_with(as_json, known->is, q.name)) throw refusal{400, *wrong};
  }
}

const json::object& call::object() const {
  static const json::object none;
  return body.is_null() ? none : body.as_object();
}

std::uint64_t call::given(std::string_view name, std::uint64_t fallback) const {
  for (const auto& q : query) {
    if (q.name == name) read_number(q.value, fallback);
  }
  return fallback;
}

std::uint64_t call::path_number(std::string_view what) const {
  std::uint64_t number = 0;
  if (!read_number(parameters.at(0), number)) {
    throw refusal{400, std::string(what) + " is a number, not '" + parameters.at(0) + "'"};
  }
  return number;
}

std::string call::text(const json::object& o, std::string_view name, std::string_view fallback) {
  const auto* v = o.if_contains(name);
  return std::string(v == nullptr ? fallback : std::string_view(v->as_string()));
}

std::int64_t call::number(const json::object& o, std::string_view name, std::int64_t fallback) {
  const auto* v = o.if_contains(name);
  return v == nullptr ? fallback : v->as_int64();
}

entry_match call::match(const json::object& o) {
  auto made = match_from_json(o.if_contains("match"));
  if (auto* problem = std::get_if<fault_problem>(&made)) throw refusal{400, problem->text};
  return std::get<entry_match>(std::move(made));
}

class broker& call::broker() const {
  auto* found = of.broker ? of.broker() : nullptr;
  if (found == nullptr) throw refusal{409, "there is no broker here, only an upstream"};
  return *found;
}

}  // namespace mockbroker
