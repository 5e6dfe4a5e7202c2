#include "mockbroker/console/mbeans.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace mockbroker {
namespace {

namespace json = boost::json;

constexpr std::string_view domain = "org.apache.activemq";
constexpr std::size_t browsed = 400;

// `*` stands for any text.
bool fits(std::string_view pattern, std::string_view text) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (std::size_t i = star; i <= text.size(); ++i) {
    if (fits(rest, text.substr(i))) return true;
  }
  return false;
}

object_name broker_name(const broker& b) {
  return {std::string(domain), {{"type", "Broker"}, {"brokerName", b.options().name}}, false};
}

object_name name_of(const broker& b, const destination_name& d) {
  object_name name = broker_name(b);
  name.keys["destinationType"] = type_name(d);
  name.keys["destinationName"] = d.name;
  return name;
}

json::object reference(const object_name& name) { return {{"objectName", name.text()}}; }

// "2026-11-26T13:36:55Z", as Jolokia writes dates.
std::string iso_date(std::int64_t ms) {
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, size};
}

json::value text_or_null(const stomp::frame& f, std::string_view name) {
  const auto value = f.get(name);
  return value ? json::value(json::string(*value)) : json::value();
}

json::object describe(const message_info& m, const destination_info& d) {
  constexpr std::string_view fields[] = {
      "destination", "message-id", "correlation-id", "expires", "priority",
      "timestamp",   "persistent", "reply-to",       "type",    "original-destination"};
  json::object texts;
  for (const auto& h : m.content.headers) {
    if (std::ranges::find(fields, h.name) == std::end(fields)) texts[h.name] = h.value;
  }
  json::object out{{"JMSMessageID", m.facts.id},
                   {"JMSDestination", to_uri(d.name)},
                   {"JMSRedelivered", m.redelivered},
                   {"JMSDeliveryMode", m.facts.persistent ? "PERSISTENT" : "NON-PERSISTENT"},
                   {"JMSPriority", m.facts.priority},
                   {"JMSTimestamp", iso_date(m.facts.timestamp_ms)},
                   {"JMSExpiration", m.facts.expires_ms},
                   {"JMSCorrelationID", text_or_null(m.content, "correlation-id")},
                   {"JMSReplyTo", text_or_null(m.content, "reply-to")},
                   {"JMSType", text_or_null(m.content, "type")},
                   {"JMSXGroupID", nullptr},
                   {"JMSXGroupSeq", m.facts.group_sequence},
                   {"JMSXUserID", nullptr},
                   {"OriginalDestination", text_or_null(m.content, "original-destination")},
                   {"BrokerPath", "null"},
                   {"StringProperties", texts},
                   {"PropertiesText", json::serialize(texts)}};
  for (const char* kind : {"Int", "Long", "Short", "Byte", "Boolean", "Float", "Double"}) {
    out[std::string(kind) + "Properties"] = json::object();
  }
  if (!m.facts.group.empty()) out["JMSXGroupID"] = m.facts.group;
  if (!m.facts.is_bytes) out["Text"] = m.content.body;
  return out;
}

}  // namespace

std::string object_name::text() const {
  std::string out = domain + ":";
  bool first = true;
  for (const auto& [key, value] : keys) {
    if (!std::exchange(first, false)) out += ',';
    out += key;
    out += '=';
    out += value;
  }
  return out;
}

std::optional<object_name> parse_object_name(std::string_view text) {
  object_name out;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  out.domain = text.substr(0, colon);
  text.remove_prefix(colon + 1);
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    if (part == "*") {
      out.is_pattern = true;
      continue;
    }
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    const std::string_view value = part.substr(equals + 1);
    out.is_pattern |= value.find('*') != std::string_view::npos;
    out.keys.emplace(part.substr(0, equals), value);
  }
  if (out.keys.empty() && !out.is_pattern) return std::nullopt;
  return out;
}

std::vector<object_name> mbeans::find(const object_name& pattern) const {
  std::vector<object_name> found;
  const auto consider = [&](object_name name) {
    const bool open = pattern.is_pattern && pattern.text().size() < name.text().size();
    if (!fits(pattern.domain, name.domain)) return;
    if (pattern.keys.size() != name.keys.size() && !open) return;
    for (const auto& [key, wanted] : pattern.keys) {
      const auto own = name.keys.find(key);
      if (own == name.keys.end() || !fits(wanted, own->second)) return;
    }
    if (!pattern.is_pattern && name.keys.size() != pattern.keys.size()) return;
    found.push_back(std::move(name));
  };
  if (!pattern.is_pattern) {
    // No need to look at all of them.
    if (pattern.text() == broker_name(broker_).text()) found.push_back(broker_name(broker_));
    if (destination_of(pattern)) found.push_back(pattern);
    return found;
  }
  consider(broker_name(broker_));
  for (const auto& d : broker_.destinations()) consider(name_of(broker_, d.name));
  return found;
}

std::optional<destination_info> mbeans::destination_of(const object_name& name) const {
  const auto type = name.keys.find("destinationType");
  const auto own = name.keys.find("destinationName");
  if (type == name.keys.end() || own == name.keys.end()) return std::nullopt;
  destination_name wanted;
  wanted.temporary = type->second.starts_with("Temp");
  wanted.kind = type->second.ends_with("Topic") ? destination_kind::topic : destination_kind::queue;
  wanted.name = own->second;
  if (name.text() != name_of(broker_, wanted).text()) return std::nullopt;
  return broker_.find_destination(wanted);
}

json::object mbeans::attributes(const object_name& name) const {
  const auto d = destination_of(name);
  return d ? destination_attributes(*d) : broker_attributes();
}

json::array mbeans::names_of(destination_kind kind, bool temporary) const {
  json::array list;
  for (const auto& d : broker_.destinations()) {
    if (d.name.kind == kind && d.name.temporary == temporary) {
      list.push_back(reference(name_of(broker_, d.name)));
    }
  }
  return list;
}

json::object mbeans::broker_attributes() const {
  const auto& n = broker_.counters();
  const auto uptime =
      std::chrono::duration_cast<std::chrono::milliseconds>(rt_.now() - started_).count();
  const std::size_t limit = broker_.options().memory_limit;
  std::size_t stored = 0;
  std::size_t consumers = 0;
  for (const auto& d : broker_.destinations()) {
    stored += d.name.kind == destination_kind::queue ? d.pending : 0;
    consumers += d.consumers;
  }
  return {{"BrokerId", broker_.broker_id()},
          {"BrokerName", broker_.options().name},
          {"BrokerVersion", broker_.options().kind.version},
          {"UptimeMillis", uptime},
          {"Uptime", std::to_string(uptime / 1000) + " seconds"},
          {"TotalMessageCount", stored},
          {"TotalEnqueueCount", n.messages_in},
          {"TotalDequeueCount", n.messages_settled},
          {"TotalConsumerCount", consumers},
          {"TotalProducerCount", 0},
          {"CurrentConnectionsCount", broker_.connections().size()},
          {"TotalConnectionsCount", n.connections_opened},
          {"MemoryPercentUsage", limit == 0 ? 0 : broker_.memory_used() * 100 / limit},
          {"StorePercentUsage", 0},
          {"TempPercentUsage", 0},
          {"MemoryLimit", limit},
          {"Persistent", false},
          {"Slave", false},
          {"StatisticsEnabled", true},
          {"VMURL", "vm://" + broker_.options().name},
          {"Queues", names_of(destination_kind::queue, false)},
          {"Topics", names_of(destination_kind::topic, false)},
          {"TemporaryQueues", names_of(destination_kind::queue, true)},
          {"TemporaryTopics", names_of(destination_kind::topic, true)}};
}

json::object mbeans::destination_attributes(const destination_info& d) const {
  const std::size_t limit = broker_.options().memory_limit;
  const bool queue = d.name.kind == destination_kind::queue;
  json::object out{{"Name", d.name.name},
                   {"QueueSize", queue ? d.pending : 0},
                   {"EnqueueCount", d.enqueued},
                   {"DequeueCount", d.dequeued},
                   {"DispatchCount", d.dispatched},
                   {"InFlightCount", d.unsettled},
                   {"ConsumerCount", d.consumers},
                   {"ProducerCount", 0},
                   {"ExpiredCount", d.expired},
                   {"ForwardCount", 0},
                   {"MemoryUsageByteCount", d.octets},
                   {"MemoryPercentUsage", limit == 0 ? 0 : d.octets * 100 / limit},
                   {"MemoryLimit", limit},
                   {"AverageMessageSize", d.enqueued == 0 ? 0 : d.total_octets / d.enqueued},
                   {"MinMessageSize", d.smallest},
                   {"MaxMessageSize", d.largest},
                   {"StoreMessageSize", 0},
                   {"MaxPageSize", broker_.options().kind.page_size},
                   {"PrioritizedMessages", false},
                   {"ProducerFlowControl", true},
                   {"DLQ", d.is_dead_letter},
                   {"Options", ""},
                   {"Subscriptions", json::array()}};
  if (queue) {
    out["Paused"] = d.is_paused;
    out["CursorMemoryUsage"] = d.octets;
    out["MessageGroups"] = json::object();
    out["MessageGroupType"] = "cached";
  }
  return out;
}

std::variant<json::value, operation_error> mbeans::invoke(
    const object_name& name, std::string_view operation,
    const std::vector<std::string>& arguments) {
  const std::string_view bare = operation.substr(0, operation.find('('));
  const auto d = destination_of(name);
  if (bare == "sendTextMessage" && bare == operation) {
    return operation_error{400, "java.lang.IllegalArgumentException",
                           "Operation sendTextMessage on MBean " + name.text() +
                               " is overloaded. Signatures found: (java.lang.String),(java.lang."
                               "String,java.lang.String,java.lang.String). Use a signature when "
                               "specifying the operation."};
  }
  auto value = d ? invoke_destination(*d, bare, arguments) : invoke_broker(bare, arguments);
  if (value) return std::move(*value);
  return operation_error{
      400, "java.lang.IllegalArgumentException",
      "No operation " + std::string(operation) + " found on MBean " + name.text()};
}

std::optional<json::value> mbeans::invoke_broker(std::string_view operation,
                                                 const std::vector<std::string>& arguments) {
  if (operation == "resetStatistics" || operation == "gc") {
    if (operation == "resetStatistics") broker_.reset_statistics();
    return json::value();
  }
  if (arguments.empty()) return std::nullopt;
  const auto kind =
      operation.ends_with("Topic") ? destination_kind::topic : destination_kind::queue;
  const destination_name name{kind, false, arguments.front()};
  if (operation == "addQueue" || operation == "addTopic") {
    broker_.create_destination(name);
  } else if (operation == "removeQueue" || operation == "removeTopic") {
    broker_.remove_destination(name, rt_.now());
  } else {
    return std::nullopt;
  }
  return json::value();
}

std::optional<json::value> mbeans::invoke_destination(const destination_info& d,
                                                      std::string_view operation,
                                                      const std::vector<std::string>& arguments) {
  const auto now = rt_.now();
  const auto argument = [&](std::size_t i) {
    return i < arguments.size() ? arguments[i] : std::string();
  };
  if (operation == "sendTextMessage") {
    std::string id;
    broker_.publish(d.text, argument(0), {{"priority", "0"}}, now, &id);
    return json::value(json::string(id));
  }
  if (operation == "resetStatistics") return json::value();
  if (d.name.kind == destination_kind::topic) return std::nullopt;
  if (operation == "purge") {
    broker_.purge(d.name, now);
    return json::value();
  }
  if (operation == "pause" || operation == "resume") {
    broker_.pause(d.name, operation == "pause", now);
    return json::value();
  }
  if (operation == "browse") {
    json::array list;
    for (const auto& m : broker_.messages(d.name, browsed)) list.push_back(describe(m, d));
    return json::value(std::move(list));
  }
  const destination_name to = broker_.parse_name(argument(1));
  if (operation == "removeMessage") {
    return json::value(broker_.remove_message(d.name, argument(0), now) == outcome::done);
  }
  if (operation == "moveMessageTo") {
    return json::value(broker_.move_message(d.name, argument(0), to, now) == outcome::done);
  }
  if (operation == "copyMessageTo") {
    return json::value(broker_.copy_message(d.name, argument(0), to, now) == outcome::done);
  }
  if (operation == "retryMessage") {
    return json::value(broker_.retry_message(d.name, argument(0), now) == outcome::done);
  }
  return std::nullopt;
}

}  // namespace mockbroker
