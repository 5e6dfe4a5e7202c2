// Queues and topics: what their MBeans say.
#include <algorithm>
#include <array>

#include "mockbroker/console/mbean_operations.hpp"
#include "mockbroker/console/mbean_values.hpp"
#include "mockbroker/console/mbeans.hpp"

namespace mockbroker {
namespace {

namespace json = boost::json;

const destination_info& at(const mbean& b) { return std::get<destination_info>(b.about); }

std::size_t percent(const management& m, std::size_t octets) {
  const std::size_t limit = m.shown.options().memory_limit;
  return limit == 0 ? 0 : octets * 100 / limit;
}

json::value subscriptions(const management& m, const mbean& b) {
  json::array list;
  for (const auto& s : m.shown.subscriptions()) {
    if (std::ranges::find(s.wanted, at(b).name) != s.wanted.end()) {
      list.push_back(reference(subscription_bean(m, s)));
    }
  }
  return list;
}

constexpr std::array common{
    attribute{"Name", "java.lang.String",
              [](const management&, const mbean& b) { return json::value(at(b).name.name); }},
    attribute{"EnqueueCount", "long", member<&destination_info::enqueued>},
    attribute{"DequeueCount", "long", member<&destination_info::dequeued>},
    attribute{"DispatchCount", "long", member<&destination_info::dispatched>},
    attribute{"InFlightCount", "long", member<&destination_info::unsettled>},
    attribute{"ConsumerCount", "long", member<&destination_info::consumers>},
    attribute{"ExpiredCount", "long", member<&destination_info::expired>},
    attribute{"MemoryUsageByteCount", "long", member<&destination_info::octets>},
    attribute{"AverageMessageSize", "long",
              [](const management&, const mbean& b) -> json::value {
                return at(b).enqueued == 0 ? 0 : at(b).total_octets / at(b).enqueued;
              }},
    attribute{"MinMessageSize", "long", member<&destination_info::smallest>},
    attribute{"MaxMessageSize", "long", member<&destination_info::largest>},
    attribute{"DLQ", "boolean", member<&destination_info::is_dead_letter>},
    attribute{"MemoryPercentUsage", "int",
              [](const management& m, const mbean& b) -> json::value {
                return percent(m, at(b).octets);
              }},
    attribute{"MemoryLimit", "long",
              [](const management& m, const mbean&) -> json::value {
                return m.shown.options().memory_limit;
              }},
    attribute{"MaxPageSize", "int",
              [](const management& m, const mbean&) -> json::value {
                return m.shown.options().kind.page_size;
              }},
    attribute{"Subscriptions", "[Ljavax.management.ObjectName;", subscriptions},
    // ProducerCount: STOMP senders are anonymous, so that a real one says 0 too.
    attribute{"ProducerCount", "long", fixed<0>},
    attribute{"ForwardCount", "long", fixed<0>},
    attribute{"StoreMessageSize", "long", fixed<0>},
    attribute{"AverageEnqueueTime", "double", fixed<0, double>},
    attribute{"MinEnqueueTime", "long", fixed<0>},
    attribute{"MaxEnqueueTime", "long", fixed<0>},
    attribute{"AverageBlockedTime", "double", fixed<0, double>},
    attribute{"BlockedSends", "long", fixed<0>},
    attribute{"TotalBlockedTime", "long", fixed<0>},
    attribute{"BlockedProducerWarningInterval", "long", fixed<30000>},
    attribute{"DuplicateFromStoreCount", "long", fixed<0>},
    attribute{"SendDuplicateFromStoreToDLQ", "boolean", fixed<false>},
    attribute{"MemoryUsagePortion", "float", fixed<1, double>},
    attribute{"TempUsageLimit", "long", fixed<0>},
    attribute{"TempUsagePercentUsage", "int", fixed<0>},
    attribute{"Options", "java.lang.String", no_text},
    attribute{"PrioritizedMessages", "boolean", fixed<false>},
    attribute{"ProducerFlowControl", "boolean", fixed<true>},
    attribute{"AlwaysRetroactive", "boolean", fixed<false>},
    attribute{"UseCache", "boolean", fixed<true>},
    attribute{"SlowConsumerStrategy", "javax.management.ObjectName", fixed<nullptr>},
};

constexpr std::array queue_only{
    attribute{"QueueSize", "long", member<&destination_info::pending>},
    attribute{"Paused", "boolean", member<&destination_info::is_paused>},
    attribute{"CursorMemoryUsage", "long", member<&destination_info::octets>},
    attribute{"CursorFull", "boolean", fixed<false>},
    attribute{"CursorPercentUsage", "int", fixed<0>},
    attribute{"CacheEnabled", "boolean", fixed<true>},
    attribute{"MaxAuditDepth", "int", fixed<2048>},
    attribute{"MaxProducersToAudit", "int", fixed<1024>},
    attribute{"MessageGroups", "java.util.Map", no_map},
    attribute{"MessageGroupType", "java.lang.String",
              [](const management&, const mbean&) { return json::value("cached"); }},
};

constexpr std::array topic_only{
    attribute{"QueueSize", "long", fixed<0>},
    attribute{"MaxAuditDepth", "int", fixed<10000>},
    attribute{"MaxProducersToAudit", "int", fixed<64>},
};

template <std::size_t A, std::size_t B>
constexpr std::array<attribute, A + B> both(const std::array<attribute, A>& a,
                                            const std::array<attribute, B>& b) {
  std::array<attribute, A + B> all{};
  std::ranges::copy(b, std::ranges::copy(a, all.begin()).out);
  return all;
}

constexpr auto queue_attributes = both(common, queue_only);
constexpr auto topic_attributes = both(common, topic_only);

}  // namespace

const family queue_family{"org.apache.activemq.broker.jmx.QueueView", queue_attributes,
                          queue_operations};
const family topic_family{"org.apache.activemq.broker.jmx.TopicView", topic_attributes,
                          topic_operations};

}  // namespace mockbroker
