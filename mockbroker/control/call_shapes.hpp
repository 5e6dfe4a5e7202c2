// What the calls of the control API take and give, as tables of members.
#pragma once

#include <array>

#include "mockbroker/control/control_json.hpp"
#include "mockbroker/control/shape.hpp"

namespace mockbroker::shapes {

inline constexpr std::int64_t longest_wait_ms = 60000;
inline constexpr shape text = a_text();
inline constexpr shape texts = list_of(text);

inline constexpr std::array<std::string_view, 2> ways{"to-broker", "to-client"};
inline constexpr std::array<std::string_view, 3> legs{"client-broker", "gateway-broker",
                                                      "browser-gateway"};
inline constexpr std::array<std::string_view, 3> ends{"fin", "rst", "close"};
inline constexpr std::array<std::string_view, 3> events{"opened", "unit", "closed"};

// Requests.
inline constexpr std::array since{
    member{"since", a_number(INT64_MAX), false, "only entries with greater numbers"}};
inline constexpr std::array journal_query{
    since[0], member{"wait_ms", a_number(longest_wait_ms), false,
                     "waits so long for an entry that is newer than 'since'"}};
inline constexpr std::array wait{
    member{"match", special(match_schema), false, "nothing: any frame"},
    member{"count", a_number(10000), false, "1 when it is missing"}, since[0],
    member{"timeout_ms", a_number(longest_wait_ms), false, "2000 when it is missing"}};
inline constexpr std::array nearest{member{"match", special(match_schema)}};
inline constexpr std::array publish{member{"destination", a_text(), true}, member{"body", a_text()},
                                    member{"headers", map_of(text)}};
inline constexpr std::array send_raw{
    member{"text", a_text()}, member{"base64", a_text(), false, "instead of 'text'"},
    member{"way", one_of(ways), false, "to-client when it is missing"}};
inline constexpr std::array close{
    member{"how", one_of(ends), false, "fin when it is missing"},
    member{"code", a_number(4999), false, "of a WebSocket Close; 1000 when it is missing"},
    member{"reason", a_text()}};
inline constexpr std::array restart{
    member{"keep", a_truth(), false, "what is stored stays; false when it is missing"}};
inline constexpr std::int64_t longest_advance_ms = std::int64_t{7} * 24 * 3600 * 1000;
inline constexpr std::array advance{
    member{"advance_ms", a_number(longest_advance_ms), true, "at most a week"}};

inline constexpr std::array leg{member{"leg", one_of(legs), true}};

// Answers.
inline constexpr std::array ready{member{"ready", a_truth(), true}};
inline constexpr std::array fault{
    member{"name", a_text(), true},    member{"fault", a_text(), true, "as a line"},
    member{"armed", a_truth(), true},  member{"seen", a_number(), true, "matches"},
    member{"fired", a_number(), true}, member{"limit", a_number(), true, "0: none"},
    member{"action", a_text(), true}};
inline constexpr shape one_fault = object_of(fault);
inline constexpr std::array faults{member{"faults", list_of(one_fault), true}};
inline constexpr std::array attribute{member{"name", a_text(), true}, member{"doc", a_text(), true},
                                      member{"needed", a_truth(), true},
                                      member{"default", a_text()}};
inline constexpr shape one_attribute = object_of(attribute);
inline constexpr std::array action{member{"name", a_text(), true}, member{"doc", a_text(), true},
                                   member{"attributes", list_of(one_attribute), true}};
inline constexpr shape one_action = object_of(action);
inline constexpr std::array malformation{member{"name", a_text(), true},
                                         member{"doc", a_text(), true}};
inline constexpr shape one_malformation = object_of(malformation);
inline constexpr std::array actions{member{"actions", list_of(one_action), true},
                                    member{"malformations", list_of(one_malformation), true}};
inline constexpr std::array reset{member{"unused", list_of(text), true, "faults that never acted"}};

inline constexpr std::array entry{
    member{"number", a_number(), true, "from 1, over all legs"},
    member{"leg", a_text(), true},
    member{"connection", a_number(), true},
    member{"way", one_of(ways), true},
    member{"at_ms", a_decimal(), true, "the broker's time; only differences mean something"},
    member{"wall_ms", a_number(), true, "since 1970"},
    member{"line", a_text(), true},
    member{"event", one_of(events), true},
    member{"kind", a_text(), false, "frame, beat, request, response, ping, pong, close, octets"},
    member{"became", a_text(), false, "passed, dropped, altered, injected"},
    member{"faults", list_of(text), false, "that acted on it"},
    member{"breaches", list_of(text), false, "rules that its sender broke"},
    member{"code", a_number()},
    member{"text", a_text()},
    member{"textBase64", a_text(), false, "where it is no UTF-8"},
    member{"command", a_text()},
    member{"headers", list_of(texts), false, "pairs; secrets are ***"},
    member{"body", a_text()},
    member{"bodyBase64", a_text(), false, "where it is no UTF-8"}};
// An entry and more.
template <std::size_t N>
constexpr auto entry_and(const std::array<member, N>& more) {
  std::array<member, entry.size() + N> out{};
  for (std::size_t i = 0; i < entry.size(); ++i) out[i] = entry[i];
  for (std::size_t i = 0; i < N; ++i) out[entry.size() + i] = more[i];
  return out;
}
inline constexpr auto entry_with_octets =
    entry_and(std::array{member{"raw_octets", a_number(), true, "how many there are"},
                         member{"rawBase64", a_text(), true, "the first 64 KiB; secrets are ***"}});
inline constexpr auto near_entry =
    entry_and(std::array{member{"differences", list_of(text), true}});
inline constexpr shape one_entry = object_of(entry);
inline constexpr shape one_near_entry = object_of(near_entry);
inline constexpr std::array journal{
    member{"first", a_number(), true, "the oldest that is kept; last + 1: none is"},
    member{"last", a_number(), true, "the newest; 0: none yet"},
    member{"lost", a_number(), true, "let go because of the journal's limits"},
    member{"entries", list_of(one_entry), true, "at most 10,000, the oldest first"}};
inline constexpr std::array came{member{"entries", list_of(one_entry), true}};
inline constexpr std::array nearest_frames{member{"nearest", list_of(one_near_entry), true}};
// Of every refusal; a wait that ran out says what came as well.
inline constexpr std::array error{member{"error", a_text(), true},
                                  member{"entries", list_of(one_entry)},
                                  member{"nearest", list_of(one_near_entry)}};
inline constexpr std::array published{member{"message_id", a_text(), true}};

inline constexpr std::array clock{
    member{"now_ms", a_decimal(), true, "as at_ms of the journal"},
    member{"wall_ms", a_number(), true, "since 1970"},
    member{"scale", a_decimal(), true, "how much faster than the machine's it runs"},
    member{"advanced_ms", a_decimal(), true, "in all"}};
inline constexpr std::array connection{
    member{"leg", a_text(), true},
    member{"connection", a_number(), true},
    member{"transport", a_text(), true},
    member{"login", a_text(), true},
    member{"version", a_text()},
    member{"subscriptions", map_of(text), true, "destinations by id"}};
inline constexpr shape one_connection = object_of(connection);
inline constexpr std::array connections{member{"connections", list_of(one_connection), true}};
inline constexpr std::array written{member{"octets", a_number(), true}};
inline constexpr std::array closed{member{"closed", a_text(), true}};
inline constexpr std::array dropped{member{"dropped", a_number(), true}};
inline constexpr std::array restarted{member{"restarted", a_truth(), true}};
inline constexpr std::array queue{
    member{"destination", a_text(), true}, member{"depth", a_number(), true},
    member{"in_flight", a_number(), true}, member{"consumers", a_number(), true},
    member{"enqueued", a_number(), true},  member{"dequeued", a_number(), true}};
inline constexpr shape one_queue = object_of(queue);
inline constexpr std::array queues{member{"queues", list_of(one_queue), true}};
inline constexpr std::array subscription{
    member{"id", a_text(), true}, member{"destination", a_text(), true},
    member{"ack", a_text(), true}, member{"selector", a_text(), true},
    member{"unsettled", a_number(), true}};
inline constexpr shape one_subscription = object_of(subscription);
inline constexpr std::array subscriptions{member{"subscriptions", list_of(one_subscription), true}};
inline constexpr std::array listed{member{"method", a_text(), true}, member{"path", a_text(), true},
                                   member{"doc", a_text(), true}};
inline constexpr shape one_listed = object_of(listed);
inline constexpr shape any = anything();
inline constexpr std::array har_log{
    member{"version", a_text(), true}, member{"creator", map_of(text), true},
    member{"pages", list_of(any), true}, member{"entries", list_of(any), true}};
inline constexpr std::array har{member{"log", object_of(har_log), true}};
inline constexpr std::array described{
    member{"method", a_text(), true},
    member{"path", a_text(), true},
    member{"doc", a_text(), true},
    member{"query", anything(), true, "values are texts in a URL"},
    member{"request", anything(), true, "of the body, which may be missing"},
    member{"status", a_number(), true, "when it went well"},
    member{"type", a_text(), true},
    member{"response", anything()}};
inline constexpr shape one_described = object_of(described);
inline constexpr std::array schema{member{"$schema", a_text(), true},
                                   member{"version", a_number(), true},
                                   member{"error", anything(), true, "of every refusal"},
                                   member{"calls", list_of(one_described), true}};
inline constexpr std::array calls{member{"version", a_number(), true},
                                  member{"calls", list_of(one_listed), true}};

}  // namespace mockbroker::shapes
