// The broker itself: what its MBean says.
#include <algorithm>
#include <limits>

#include "mockbroker/console/mbean_operations.hpp"
#include "mockbroker/console/mbean_values.hpp"
#include "mockbroker/console/mbeans.hpp"

namespace mockbroker {
namespace {

namespace json = boost::json;

template <destination_kind Kind, bool Temporary>
json::value destinations(const management& m, const mbean&) {
  json::array list;
  for (const auto& d : m.shown.destinations()) {
    if (d.name.kind == Kind && d.name.temporary == Temporary) {
      list.push_back(reference(destination_bean(m, d.name)));
    }
  }
  return list;
}

enum class durability { no, active, inactive };

template <destination_kind Kind, bool Temporary, durability Durable>
json::value subscribers(const management& m, const mbean&) {
  json::array list;
  for (const auto& s : m.shown.subscriptions()) {
    const durability own = !s.is_durable       ? durability::no
                           : s.connection == 0 ? durability::inactive
                                               : durability::active;
    const auto& first = s.wanted.front();
    if (own == Durable && first.kind == Kind && first.temporary == Temporary) {
      list.push_back(reference(subscription_bean(m, s)));
    }
  }
  return list;
}

// One number over all destinations.
template <auto Fold>
json::value over_all(const management& m, const mbean&) {
  std::uint64_t sum = 0;
  for (const auto& d : m.shown.destinations()) sum = Fold(sum, d);
  return sum;
}
constexpr auto add_stored = [](std::uint64_t sum, const destination_info& d) {
  return sum + (d.name.kind == destination_kind::queue ? d.pending : 0);
};
constexpr auto add_consumers = [](std::uint64_t sum, const destination_info& d) {
  return sum + d.consumers;
};
constexpr auto largest = [](std::uint64_t most, const destination_info& d) {
  return std::max<std::uint64_t>(most, d.largest);
};
constexpr auto smallest = [](std::uint64_t least, const destination_info& d) {
  if (d.enqueued == 0) return least;
  return least == 0 ? d.smallest : std::min<std::uint64_t>(least, d.smallest);
};

json::value average_size(const management& m, const mbean&) {
  std::uint64_t octets = 0;
  std::uint64_t count = 0;
  for (const auto& d : m.shown.destinations()) {
    octets += d.total_octets;
    count += d.enqueued;
  }
  return count == 0 ? 0 : octets / count;
}

json::value memory_limit(const management& m, const mbean&) {
  return m.shown.options().memory_limit;
}

json::value memory_percent(const management& m, const mbean&) {
  const std::size_t limit = m.shown.options().memory_limit;
  return limit == 0 ? 0 : m.shown.memory_used() * 100 / limit;
}

json::value uptime(const management& m, const mbean&) {
  constexpr std::pair<std::int64_t, std::string_view> units[] = {
      {86'400'000, "day"}, {3'600'000, "hour"}, {60'000, "minute"}};
  for (const auto& [ms, name] : units) {
    const std::int64_t count = m.uptime_ms() / ms;
    if (count > 0) {
      return json::string(std::to_string(count) + " " + std::string(name) +
                          (count == 1 ? "" : "s"));
    }
  }
  const std::int64_t ms = m.uptime_ms();
  return json::string(std::to_string(ms / 1000) + "." + std::to_string(ms % 1000 / 100) +
                      " seconds");
}

// The ports belong to the process around the broker; they are not known here.
constexpr std::string_view connectors[] = {"stomp", "ws"};

json::value connector_map(const management& m, const mbean&) {
  json::object map;
  for (const auto name : connectors) {
    map[name] = std::string(name) + "://" + m.shown.options().name;
  }
  return map;
}

constexpr std::string_view names = "[Ljavax.management.ObjectName;";
constexpr auto queue = destination_kind::queue;
constexpr auto topic = destination_kind::topic;

constexpr attribute broker_attributes[] = {
    {"BrokerId", "java.lang.String",
     [](const management& m, const mbean&) { return json::value(m.shown.broker_id()); }},
    {"BrokerName", "java.lang.String",
     [](const management& m, const mbean&) { return json::value(m.shown.options().name); }},
    {"BrokerVersion", "java.lang.String",
     [](const management& m, const mbean&) { return json::value(m.shown.options().kind.version); }},
    {"VMURL", "java.lang.String",
     [](const management& m, const mbean&) {
       return json::value("vm://" + m.shown.options().name);
     }},
    {"Uptime", "java.lang.String", uptime},
    {"UptimeMillis", "long",
     [](const management& m, const mbean&) { return json::value(m.uptime_ms()); }},
    {"CurrentConnectionsCount", "int",
     [](const management& m, const mbean&) { return json::value(m.shown.connections().size()); }},
    {"TotalConnectionsCount", "long",
     [](const management& m, const mbean&) {
       return json::value(m.shown.counters().connections_opened);
     }},
    {"TotalEnqueueCount", "long",
     [](const management& m, const mbean&) { return json::value(m.shown.counters().messages_in); }},
    {"TotalDequeueCount", "long",
     [](const management& m, const mbean&) {
       return json::value(m.shown.counters().messages_settled);
     }},
    {"TotalMessageCount", "long", over_all<add_stored>},
    {"TotalConsumerCount", "long", over_all<add_consumers>},
    {"TotalProducerCount", "long", fixed<0>},
    {"AverageMessageSize", "long", average_size},
    {"MinMessageSize", "long", over_all<smallest>},
    {"MaxMessageSize", "long", over_all<largest>},
    {"MemoryLimit", "long", memory_limit},
    {"MemoryPercentUsage", "int", memory_percent},
    // Nothing is kept on a disk.
    {"Persistent", "boolean", fixed<false>},
    {"DataDirectory", "java.lang.String", no_text},
    {"StoreLimit", "long", fixed<0>},
    {"StorePercentUsage", "int", fixed<0>},
    {"TempLimit", "long", fixed<0>},
    {"TempPercentUsage", "int", fixed<0>},
    {"JMSJobScheduler", "javax.management.ObjectName", fixed<nullptr>},
    {"JobSchedulerStoreLimit", "long", fixed<0>},
    {"JobSchedulerStorePercentUsage", "int", fixed<0>},
    {"Slave", "boolean", fixed<false>},
    {"StatisticsEnabled", "boolean", fixed<true>},
    {"TransportConnectors", "java.util.Map", connector_map},
    {"Queues", names, destinations<queue, false>},
    {"Topics", names, destinations<topic, false>},
    {"TemporaryQueues", names, destinations<queue, true>},
    {"TemporaryTopics", names, destinations<topic, true>},
    {"QueueSubscribers", names, subscribers<queue, false, durability::no>},
    {"TopicSubscribers", names, subscribers<topic, false, durability::no>},
    {"TemporaryQueueSubscribers", names, subscribers<queue, true, durability::no>},
    {"TemporaryTopicSubscribers", names, subscribers<topic, true, durability::no>},
    {"DurableTopicSubscribers", names, subscribers<topic, false, durability::active>},
    {"InactiveDurableTopicSubscribers", names, subscribers<topic, false, durability::inactive>},
    // A producer is no object of its own here.
    {"QueueProducers", names, no_list},
    {"TopicProducers", names, no_list},
    {"TemporaryQueueProducers", names, no_list},
    {"TemporaryTopicProducers", names, no_list},
    {"DynamicDestinationProducers", names, no_list},
};

operation_result failed(std::string_view why) {
  return operation_error{500, "javax.jms.JMSException", std::string(why)};
}

destination_name named(const management& m, destination_kind kind, const arguments& given) {
  const naming& rules = m.shown.options().kind.names;
  const std::string& prefix = kind == queue ? rules.queue_prefix : rules.topic_prefix;
  const std::string name = argument(given, 0);
  return {kind, false, rules.strips_prefix || name.empty() ? name : prefix + name};
}

template <destination_kind Kind>
operation_result add(const management& m, const mbean&, const arguments& given) {
  const outcome done = m.shown.create_destination(named(m, Kind, given), m.rt.now());
  if (done == outcome::done || done == outcome::already_there) return json::value();
  return failed(to_string(done));
}

template <destination_kind Kind>
operation_result remove(const management& m, const mbean&, const arguments& given) {
  const outcome done = m.shown.remove_destination(named(m, Kind, given), m.rt.now());
  if (done == outcome::done || done == outcome::not_found) return json::value();
  return failed(to_string(done));
}

operation_result add_durable(const management& m, const mbean&, const arguments& given) {
  subscription_info s;
  s.client_id = argument(given, 0);
  s.durable_name = argument(given, 1);
  s.is_durable = true;
  s.wanted = {{topic, false, argument(given, 2)}};
  const std::string selector = argument(given, 3);
  const outcome done =
      m.shown.create_durable(s.client_id, s.durable_name, argument(given, 2), selector, m.rt.now());
  if (done == outcome::bad_name && !selector.empty()) {
    return operation_error{500, "javax.jms.InvalidSelectorException", selector};
  }
  if (done != outcome::done && done != outcome::already_there) return failed(to_string(done));
  return json::value(reference(subscription_bean(m, s)));
}

operation_result remove_durable(const management& m, const mbean&, const arguments& given) {
  const std::string client = argument(given, 0);
  const std::string name = argument(given, 1);
  const outcome done = m.shown.remove_durable(client, name, m.rt.now());
  if (done == outcome::done) return json::value();
  if (done == outcome::has_consumers) return failed("Durable consumer is in use");
  return operation_error{
      500, "javax.jms.InvalidDestinationException",
      "No durable subscription exists for clientID: " + client + " and subscriptionName: " + name};
}

operation_result reset(const management& m, const mbean&, const arguments&) {
  m.shown.reset_statistics();
  return json::value();
}

operation_result browse_queue(const management& m, const mbean&, const arguments& given) {
  return browse_rows(m, named(m, queue, given), {});
}

operation_result connector_by_type(const management& m, const mbean& b, const arguments& given) {
  const json::value map = connector_map(m, b);
  const json::value* found = map.get_object().if_contains(argument(given, 0));
  return found != nullptr ? *found : json::value();
}

// A page of destinations whose names hold a text, as JSON in a text. Attributes are written with a
// small first letter.
template <destination_kind Kind>
operation_result query(const management& m, const mbean&, const arguments& given) {
  boost::system::error_code wrong;
  const json::value filter = json::parse(argument(given, 0), wrong);
  const json::value* wanted =
      wrong || !filter.is_object() ? nullptr : filter.get_object().if_contains("name");
  const std::string part =
      wanted != nullptr && wanted->is_string() ? std::string(wanted->get_string()) : "";
  const long page = std::max(1L, std::strtol(argument(given, 1).c_str(), nullptr, 10));
  const long size = std::max(0L, std::strtol(argument(given, 2).c_str(), nullptr, 10));
  json::object data;
  long count = 0;
  for (const auto& d : m.shown.destinations()) {
    if (d.name.kind != Kind || d.name.temporary) continue;
    if (d.name.name.find(part) == std::string::npos) continue;
    ++count;
    if ((count - 1) / std::max(1L, size) != page - 1 || size == 0) continue;
    const mbean each{destination_bean(m, d.name), &family_of(d), d};
    json::object row;
    for (const auto& a : each.kind->attributes) {
      std::string name(a.name);
      name.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(name.front())));
      row[name == "dLQ" ? "dlq" : name] = a.get(m, each);
    }
    data[each.name.text()] = std::move(row);
  }
  return json::value(json::serialize(json::object{{"data", std::move(data)}, {"count", count}}));
}

constexpr std::string_view text = "java.lang.String";

// What would end, start or rebuild the process does nothing.
constexpr operation broker_operations[] = {
    {"addQueue", text, "void", add<queue>},
    {"addTopic", text, "void", add<topic>},
    {"removeQueue", text, "void", remove<queue>},
    {"removeTopic", text, "void", remove<topic>},
    {"createDurableSubscriber",
     "java.lang.String,java.lang.String,java.lang.String,java.lang.String",
     "javax.management.ObjectName", add_durable},
    {"destroyDurableSubscriber", "java.lang.String,java.lang.String", "void", remove_durable},
    {"browseQueue", text, "[Ljavax.management.openmbean.CompositeData;", browse_queue},
    {"queryQueues", "java.lang.String,int,int", text, query<queue>},
    {"queryTopics", "java.lang.String,int,int", text, query<topic>},
    {"getTransportConnectorByType", text, text, connector_by_type},
    {"resetStatistics", "", "void", reset},
    {"enableStatistics", "", "void", do_nothing},
    {"disableStatistics", "", "void", do_nothing},
    {"gc", "", "void", do_nothing},
    {"reloadLog4jProperties", "", "void", do_nothing},
    {"start", "", "void", do_nothing},
    {"stop", "", "void", do_nothing},
    {"restart", "", "void", do_nothing},
    {"stopGracefully", "java.lang.String,java.lang.String,long,long", "void", do_nothing},
    {"terminateJVM", "int", "void", do_nothing},
    {"addConnector", text, text, do_nothing},
    {"removeConnector", text, "boolean", do_nothing},
    {"addNetworkConnector", text, text, do_nothing},
    {"removeNetworkConnector", text, "boolean", do_nothing},
};

}  // namespace

const family broker_family{"org.apache.activemq.broker.jmx.BrokerView", broker_attributes,
                           broker_operations};

}  // namespace mockbroker
