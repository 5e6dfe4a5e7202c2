#include "mockbroker/console/mbean_operations.hpp"

#include <limits>

#include "mockbroker/console/mbean_messages.hpp"

namespace mockbroker {
namespace {

namespace json = boost::json;

constexpr std::size_t browsed = 400;
constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

const destination_info& at(const mbean& b) { return std::get<destination_info>(b.about); }

operation_error bad_selector(const std::string& text) {
  return {500, "javax.jms.InvalidSelectorException", text};
}

// The ids of at most `limit` waiting messages of a queue; null `filter`: of all. Each is named
// before anything is done to one.
std::vector<std::string> ids_of(const management& m, const destination_name& queue,
                                std::size_t limit, const selector* filter) {
  std::vector<std::string> ids;
  m.shown.for_each_message(queue, false, filter, [&](const queue_entry& entry, bool) {
    ids.push_back(entry.m->id());
    return ids.size() < limit;
  });
  return ids;
}

operation_result browse(const management& m, const mbean& b, const arguments& given) {
  return browse_rows(m, at(b).name, argument(given, 0));
}

operation_result browse_table(const management& m, const mbean& b, const arguments& given) {
  auto rows = browse_rows(m, at(b).name, argument(given, 0), false);
  auto* list = std::get_if<json::value>(&rows);
  if (list == nullptr) return rows;
  json::object table;
  for (const json::value& each : list->get_array()) {
    table[each.at("JMSMessageID").get_string()] = each;
  }
  return json::value(std::move(table));
}

operation_result get_message(const management& m, const mbean& b, const arguments& given) {
  const auto found = m.shown.find_message(at(b).name, argument(given, 0));
  return found ? json::value(show_message(*found, at(b).name)) : json::value();
}

operation_result publish(const management& m, const mbean& b, const std::string& body,
                         std::vector<stomp::header> headers) {
  headers.push_back({"priority", "0"});  // unless JMSPriority says another
  std::string id;
  const outcome done = m.shown.publish(at(b).text, body, headers, m.rt.now(), &id);
  if (done == outcome::done) return json::value(json::string(id));
  return operation_error{500, "javax.jms.JMSException", std::string(to_string(done))};
}

operation_result send_text(const management& m, const mbean& b, const arguments& given) {
  return publish(m, b, argument(given, 0), {});
}

// The first argument maps names to values; a GET gives it as text.
operation_result send_mapped(const management& m, const mbean& b, const arguments& given) {
  json::value map = given.front();
  boost::system::error_code wrong;
  if (map.is_string()) map = json::parse(map.get_string(), wrong);
  if (wrong || !map.is_object()) {
    return operation_error{400, "java.lang.IllegalArgumentException",
                           "Cannot convert string " + argument(given, 0) + " to java.util.Map"};
  }
  std::vector<stomp::header> headers;
  for (const auto& [name, value] : map.get_object()) {
    headers.push_back({std::string(name), argument({value}, 0)});
  }
  return publish(m, b, argument(given, 1), std::move(headers));
}

// "body=value,header=value"
operation_result send_listed(const management& m, const mbean& b, const arguments& given) {
  const std::string delimiter = given.size() > 1 ? argument(given, 1) : ",";
  const std::string all = argument(given, 0);
  std::string_view text = all;
  std::string body;
  std::vector<stomp::header> headers;
  while (!text.empty()) {
    const std::size_t end = delimiter.empty() ? std::string::npos : text.find(delimiter);
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(end == std::string::npos ? text.size() : end + delimiter.size());
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos) continue;
    const std::string_view name = part.substr(0, equals);
    const std::string_view value = part.substr(equals + 1);
    if (name == "body") {
      body = value;
    } else {
      headers.push_back({std::string(name), std::string(value)});
    }
  }
  return publish(m, b, body, std::move(headers));
}

// Calls done(message) for each that the selector wants; how many it did.
template <class Act>
operation_result for_matching(const management& m, const mbean& b, const std::string& wanted,
                              const std::string& limit, Act act) {
  std::size_t most = no_limit;
  if (!limit.empty()) {
    const long long number = std::strtoll(limit.c_str(), nullptr, 10);
    if (number > 0) most = static_cast<std::size_t>(number);
  }
  const auto made = selector::compile(wanted);
  const auto* filter = std::get_if<selector>(&made);
  if (filter == nullptr) return bad_selector(wanted);
  int count = 0;
  for (const auto& id : ids_of(m, at(b).name, most, filter)) {
    count += act(id) == outcome::done ? 1 : 0;
  }
  return json::value(count);
}

operation_result remove_matching(const management& m, const mbean& b, const arguments& given) {
  return for_matching(m, b, argument(given, 0), argument(given, 1), [&](const std::string& id) {
    return m.shown.remove_message(at(b).name, id, m.rt.now());
  });
}

destination_name target(const management& m, const arguments& given) {
  const std::string text = argument(given, 1);
  if (!text.starts_with("queue://") && !text.starts_with("topic://")) {
    return m.shown.parse_name(text);
  }
  return parse_uri(text, destination_kind::queue, m.shown.options().kind.names);
}

operation_result move_matching(const management& m, const mbean& b, const arguments& given) {
  return for_matching(m, b, argument(given, 0), argument(given, 2), [&](const std::string& id) {
    return m.shown.move_message(at(b).name, id, target(m, given), m.rt.now());
  });
}

operation_result copy_matching(const management& m, const mbean& b, const arguments& given) {
  return for_matching(m, b, argument(given, 0), argument(given, 2), [&](const std::string& id) {
    return m.shown.copy_message(at(b).name, id, target(m, given), m.rt.now());
  });
}

operation_result done_is_true(outcome o) { return json::value(o == outcome::done); }

operation_result remove_one(const management& m, const mbean& b, const arguments& given) {
  return done_is_true(m.shown.remove_message(at(b).name, argument(given, 0), m.rt.now()));
}

operation_result move_one(const management& m, const mbean& b, const arguments& given) {
  return done_is_true(
      m.shown.move_message(at(b).name, argument(given, 0), target(m, given), m.rt.now()));
}

operation_result copy_one(const management& m, const mbean& b, const arguments& given) {
  return done_is_true(
      m.shown.copy_message(at(b).name, argument(given, 0), target(m, given), m.rt.now()));
}

operation_error no_dead_letters() {
  return {500, "java.lang.Exception", "Retry of message is only possible on Dead Letter Queues!"};
}

operation_result retry_one(const management& m, const mbean& b, const arguments& given) {
  if (!at(b).is_dead_letter) return no_dead_letters();
  return done_is_true(m.shown.retry_message(at(b).name, argument(given, 0), m.rt.now()));
}

operation_result retry_all(const management& m, const mbean& b, const arguments&) {
  if (!at(b).is_dead_letter) return no_dead_letters();
  int count = 0;
  for (const auto& id : ids_of(m, at(b).name, no_limit, nullptr)) {
    const outcome done = m.shown.retry_message(at(b).name, id, m.rt.now());
    count += done == outcome::done ? 1 : 0;
  }
  return json::value(count);
}

operation_result purge(const management& m, const mbean& b, const arguments&) {
  m.shown.purge(at(b).name, m.rt.now());
  return json::value();
}

operation_result pause(const management& m, const mbean& b, const arguments&) {
  m.shown.pause(at(b).name, true, m.rt.now());
  return json::value();
}

operation_result resume(const management& m, const mbean& b, const arguments&) {
  m.shown.pause(at(b).name, false, m.rt.now());
  return json::value();
}

operation_result waiting(const management&, const mbean& b, const arguments&) {
  return json::value(at(b).pending - std::min(at(b).pending, at(b).unsettled));
}

operation_result yes(const management&, const mbean&, const arguments&) {
  return json::value(true);
}

constexpr std::string_view text = "java.lang.String";
constexpr std::string_view rows = "[Ljavax.management.openmbean.CompositeData;";
constexpr std::string_view table = "javax.management.openmbean.TabularData";

// The first `for_topics` are those of topics too.
constexpr operation all_operations[] = {
    {"resetStatistics", "", "void", do_nothing},  // counters are the broker's to reset
    {"sendTextMessage", text, text, send_text},
    // Users and passwords of the broker's own clients are not checked.
    {"sendTextMessage", "java.lang.String,java.lang.String,java.lang.String", text, send_text},
    {"sendTextMessage", "java.util.Map,java.lang.String", text, send_mapped},
    {"sendTextMessage", "java.util.Map,java.lang.String,java.lang.String,java.lang.String", text,
     send_mapped},
    {"sendTextMessageWithProperties", text, text, send_listed},
    {"sendTextMessageWithProperties", "java.lang.String,java.lang.String", text, send_listed},
    {"browse", "", rows, browse},
    {"browse", text, rows, browse},
    {"browseAsTable", "", table, browse_table},
    {"browseAsTable", text, table, browse_table},
    {"browseMessages", "", "java.util.List", browse},
    {"browseMessages", text, "java.util.List", browse},
    {"purge", "", "void", purge},
    {"pause", "", "void", pause},
    {"resume", "", "void", resume},
    {"getMessage", text, "javax.management.openmbean.CompositeData", get_message},
    {"removeMessage", text, "boolean", remove_one},
    {"removeMatchingMessages", text, "int", remove_matching},
    {"removeMatchingMessages", "java.lang.String,int", "int", remove_matching},
    {"moveMessageTo", "java.lang.String,java.lang.String", "boolean", move_one},
    {"moveMatchingMessagesTo", "java.lang.String,java.lang.String", "int", move_matching},
    {"moveMatchingMessagesTo", "java.lang.String,java.lang.String,int", "int", move_matching},
    {"copyMessageTo", "java.lang.String,java.lang.String", "boolean", copy_one},
    {"copyMatchingMessagesTo", "java.lang.String,java.lang.String", "int", copy_matching},
    {"copyMatchingMessagesTo", "java.lang.String,java.lang.String,int", "int", copy_matching},
    {"retryMessage", text, "boolean", retry_one},
    {"retryMessages", "", "int", retry_all},
    {"cursorSize", "", "int", waiting},
    {"doesCursorHaveMessagesBuffered", "", "boolean", yes},
    {"doesCursorHaveSpace", "", "boolean", yes},
    // Groups are not shown one by one.
    {"removeMessageGroup", text, "void", do_nothing},
    {"removeAllMessageGroups", "", "void", do_nothing},
};
constexpr std::size_t for_topics = 13;

}  // namespace

operation_result browse_rows(const management& m, const destination_name& queue,
                             const std::string& wanted, bool with_text) {
  std::optional<selector> filter;
  if (!wanted.empty()) {
    auto made = selector::compile(wanted);
    if (std::holds_alternative<selector_error>(made)) return bad_selector(wanted);
    filter = std::get<selector>(std::move(made));
  }
  json::array list;
  answer_room room = m.room;
  bool fits = true;
  // Without a selector, also what consumers hold.
  m.shown.for_each_message(
      queue, !filter, filter ? &*filter : nullptr, [&](const queue_entry& entry, bool is_held) {
        list.push_back(show_message(describe(entry, is_held), queue, with_text));
        fits = room.take(list.back());
        return fits && list.size() < browsed;
      });
  if (!fits) return too_large(m.room);
  return json::value(std::move(list));
}

constinit const std::span<const operation> queue_operations = all_operations;
constinit const std::span<const operation> topic_operations =
    std::span(all_operations).first(for_topics);

}  // namespace mockbroker
