// Connectors, connections and consumers: what their MBeans say.
#include <algorithm>
#include <chrono>

#include "mockbroker/broker/destination_pattern.hpp"
#include "mockbroker/console/mbean_values.hpp"
#include "mockbroker/console/mbeans.hpp"

namespace mockbroker {
namespace {

namespace json = boost::json;

const subscription_info& consumer(const mbean& b) { return std::get<subscription_info>(b.about); }
const connection_info& client(const mbean& b) { return std::get<connection_info>(b.about); }

json::value text(std::string_view t) { return json::string(t); }
json::value text_or_null(std::string_view t) { return t.empty() ? json::value() : text(t); }

// "ID:x-1:3" of a client id that was made from it, or "NOTSET" while nobody is connected.
json::value connection_id_of(const management&, const mbean& b) {
  return text(consumer(b).session.empty() ? "NOTSET" : consumer(b).session);
}

json::value destination_of(const management&, const mbean& b) {
  std::string all;
  for (const auto& each : consumer(b).wanted) all += (all.empty() ? "" : ",") + each.name;
  return text(all);
}

// One value while it is active and another for a durable one that is offline.
template <auto Active, auto Offline>
json::value by_presence(const management&, const mbean& b) {
  if (consumer(b).connection == 0) return Offline;
  return Active;
}

json::value subscription_id(const management&, const mbean& b) {
  if (consumer(b).connection == 0) return -1;
  return consumer(b).number;
}

json::value prefetch_of(const management&, const mbean& b) {
  if (consumer(b).connection == 0) return 0;
  return consumer(b).prefetch;
}

// A queue offers to a consumer what it gives it.
json::value enqueued_of(const management&, const mbean& b) {
  const bool queue = consumer(b).wanted.front().kind == destination_kind::queue;
  return queue ? consumer(b).delivered : consumer(b).enqueued;
}

template <destination_kind Kind>
json::value is_of(const management&, const mbean& b) {
  return std::ranges::any_of(consumer(b).wanted,
                             [](const auto& each) { return each.kind == Kind; });
}

json::value is_temporary(const management&, const mbean& b) {
  return std::ranges::any_of(consumer(b).wanted, &destination_name::temporary);
}

json::value connection_of(const management& m, const mbean& b) {
  for (const auto& c : m.shown.connections()) {
    if (c.id == consumer(b).connection) return reference(connection_bean(m, c, false));
  }
  return nullptr;
}

json::value user_of(const management& m, const mbean& b) {
  for (const auto& c : m.shown.connections()) {
    if (c.id == consumer(b).connection) return text_or_null(c.login);
  }
  return nullptr;
}

template <destination_kind Kind>
operation_result matches(const management&, const mbean& b, const arguments& given) {
  return json::value(std::ranges::any_of(consumer(b).wanted, [&](const auto& each) {
    return each.kind == Kind && matches_pattern(each.name, argument(given, 0));
  }));
}

// The first `for_queues` are those of every consumer; the next two of topics, the rest of durable
// subscriptions.
constexpr attribute consumer_attributes[] = {
    {"ClientId", "java.lang.String", member<&subscription_info::client_id>},
    {"ConnectionId", "java.lang.String", connection_id_of},
    {"Connection", "javax.management.ObjectName", connection_of},
    {"UserName", "java.lang.String", user_of},
    {"SessionId", "long", by_presence<-1, 0>},
    {"SubscriptionId", "long", subscription_id},
    {"SubscriptionName", "java.lang.String",
     [](const management&, const mbean& b) { return text_or_null(consumer(b).durable_name); }},
    {"DestinationName", "java.lang.String", destination_of},
    {"DestinationQueue", "boolean", is_of<destination_kind::queue>},
    {"DestinationTopic", "boolean", is_of<destination_kind::topic>},
    {"DestinationTemporary", "boolean", is_temporary},
    {"Selector", "java.lang.String",
     [](const management&, const mbean& b) { return text_or_null(consumer(b).selector); }},
    {"Active", "boolean",
     [](const management&, const mbean& b) { return json::value(consumer(b).connection != 0); }},
    // ActiveMQ says no of one that is not active.
    {"Durable", "boolean",
     [](const management&, const mbean& b) {
       return json::value(consumer(b).is_durable && consumer(b).connection != 0);
     }},
    {"EnqueueCounter", "long", enqueued_of},
    {"DequeueCounter", "long", member<&subscription_info::dequeued>},
    {"DispatchedCounter", "long", member<&subscription_info::delivered>},
    {"ConsumedCount", "long", member<&subscription_info::dequeued>},
    {"DispatchedQueueSize", "int", member<&subscription_info::unsettled>},
    {"PendingQueueSize", "int", member<&subscription_info::waiting>},
    {"MessageCountAwaitingAcknowledge", "int", member<&subscription_info::unsettled>},
    {"PrefetchSize", "int", prefetch_of},
    {"MaximumPendingMessageLimit", "int", fixed<0>},
    {"Priority", "byte", member<&subscription_info::priority>},
    {"Exclusive", "boolean", member<&subscription_info::exclusive>},
    {"NoLocal", "boolean", member<&subscription_info::no_local>},
    {"Retroactive", "boolean", member<&subscription_info::retroactive>},
    {"DispatchAsync", "boolean", by_presence<true, false>},
    {"Network", "boolean", fixed<false>},
    {"SlowConsumer", "boolean", fixed<false>},
    {"DiscardedCount", "int", member<&subscription_info::discarded>},
    {"MaximumPendingQueueSize", "int", member<&subscription_info::backlog>},
};
constexpr std::size_t for_queues = std::size(consumer_attributes) - 2;

template <std::size_t... I>
constexpr auto with_cursor(std::index_sequence<I...>) {
  return std::array{consumer_attributes[I]..., attribute{"CursorMemoryUsage", "long", fixed<0>},
                    attribute{"CursorFull", "boolean", fixed<false>},
                    attribute{"CursorPercentUsage", "int", fixed<0>}};
}
constexpr auto durable_attributes = with_cursor(std::make_index_sequence<for_queues>());

operation_result destroy(const management& m, const mbean& b, const arguments&) {
  const auto& s = consumer(b);
  if (m.shown.remove_durable(s.client_id, s.durable_name, m.rt.now()) == outcome::done)
    return json::value();
  return operation_error{500, "javax.jms.JMSException", "Durable consumer is in use"};
}

operation_result waiting(const management&, const mbean& b, const arguments&) {
  return json::value(consumer(b).waiting);
}

// What waits for a durable subscription is counted, not shown.
operation_result no_rows(const management&, const mbean&, const arguments&) {
  return json::value(json::array());
}

// The first three are those of every consumer.
constexpr operation consumer_operations[] = {
    {"resetStatistics", "", "void", do_nothing},
    {"isMatchingTopic", "java.lang.String", "boolean", matches<destination_kind::topic>},
    {"isMatchingQueue", "java.lang.String", "boolean", matches<destination_kind::queue>},
    {"destroy", "", "void", destroy},
    {"cursorSize", "", "int", waiting},
    {"doesCursorHaveMessagesBuffered", "", "boolean",
     [](const management&, const mbean& b, const arguments&) -> operation_result {
       return json::value(consumer(b).waiting > 0);
     }},
    {"doesCursorHaveSpace", "", "boolean",
     [](const management&, const mbean&, const arguments&) -> operation_result {
       return json::value(true);
     }},
    {"browse", "", "[Ljavax.management.openmbean.CompositeData;", no_rows},
    {"browseAsTable", "", "javax.management.openmbean.TabularData",
     [](const management&, const mbean&, const arguments&) -> operation_result {
       return json::value(json::object());
     }},
    {"removeMessage", "java.lang.String", "void", do_nothing},
};
constexpr std::size_t for_everyone = 3;

json::value connected_at(const management& m, const mbean& b) {
  const auto wall = m.rt.wall_now() - (m.rt.now() - client(b).opened);
  return std::chrono::duration_cast<std::chrono::milliseconds>(wall.time_since_epoch()).count();
}

json::value consumers_of(const management& m, const mbean& b) {
  json::array list;
  for (const auto& s : client(b).subscriptions) list.push_back(reference(subscription_bean(m, s)));
  return list;
}

json::value name_of(const management&, const mbean& b) {
  return text(client(b).client_id.empty() ? client(b).session : client(b).client_id);
}

constexpr attribute connection_attributes[] = {
    {"ClientId", "java.lang.String", name_of},
    {"RemoteAddress", "java.lang.String",
     [](const management&, const mbean& b) { return text("tcp://" + client(b).remote); }},
    {"UserName", "java.lang.String",
     [](const management&, const mbean& b) { return text_or_null(client(b).login); }},
    {"Connected", "boolean", member<&connection_info::connected>},
    {"Active", "boolean", member<&connection_info::connected>},
    {"Slow", "boolean", member<&connection_info::is_slow>},
    {"ActiveTransactionCount", "int", member<&connection_info::transactions>},
    {"ConnectedTimestamp", "long", connected_at},
    {"Consumers", "[Ljavax.management.ObjectName;", consumers_of},
    {"Producers", "[Ljavax.management.ObjectName;", no_list},
    {"DispatchQueueSize", "int", fixed<0>},
    {"OldestActiveTransactionDuration", "java.lang.Long", fixed<nullptr>},
    {"Blocked", "boolean", fixed<false>},
    {"Manageable", "boolean", fixed<false>},
    {"NetworkConnection", "boolean", fixed<false>},
    {"FaultTolerantConnection", "boolean", fixed<false>},
};
constexpr operation connection_operations[] = {
    {"start", "", "void", do_nothing},
    {"stop", "", "void",
     [](const management& m, const mbean& b, const arguments&) -> operation_result {
       m.shown.close_connection(client(b).id, "The connection was stopped by its operator",
                                m.rt.now());
       return json::value();
     }},
    {"resetStatistics", "", "void", do_nothing},
};

operation_result count_connections(const management& m, const mbean& b, const arguments&) {
  const auto all = m.shown.connections();
  return json::value(std::ranges::count_if(
      all, [&](const auto& c) { return connector_bean(m, c.how).text() == b.name.text(); }));
}

constexpr attribute connector_attributes[] = {
    {"Started", "boolean", fixed<true>},
    {"StatisticsEnabled", "boolean", fixed<true>},
    {"MaxConnectionExceededCount", "long", fixed<0>},
    {"AllowLinkStealingEnabled", "boolean", fixed<false>},
    {"RebalanceClusterClients", "boolean", fixed<false>},
    {"UpdateClusterClients", "boolean", fixed<false>},
    {"UpdateClusterClientsOnRemove", "boolean", fixed<false>},
    {"UpdateClusterFilter", "java.lang.String", fixed<nullptr>},
};
// A connector of the mock cannot be stopped.
constexpr operation connector_operations[] = {
    {"connectionCount", "", "int", count_connections},
    {"start", "", "void", do_nothing},
    {"stop", "", "void", do_nothing},
    {"resetStatistics", "", "void", do_nothing},
    {"enableStatistics", "", "void", do_nothing},
    {"disableStatistics", "", "void", do_nothing},
};

}  // namespace

const family subscription_family{"org.apache.activemq.broker.jmx.SubscriptionView",
                                 std::span(consumer_attributes).first(for_queues),
                                 std::span(consumer_operations).first(for_everyone)};
const family topic_subscription_family{"org.apache.activemq.broker.jmx.TopicSubscriptionView",
                                       consumer_attributes,
                                       std::span(consumer_operations).first(for_everyone)};
const family durable_family{"org.apache.activemq.broker.jmx.DurableSubscriptionView",
                            durable_attributes, consumer_operations};
const family inactive_durable_family{
    "org.apache.activemq.broker.jmx.InactiveDurableSubscriptionView", durable_attributes,
    consumer_operations};
const family connector_family{"org.apache.activemq.broker.jmx.ConnectorView", connector_attributes,
                              connector_operations};
const family connection_family{"org.apache.activemq.broker.jmx.ConnectionView",
                               connection_attributes, connection_operations};

}  // namespace mockbroker
