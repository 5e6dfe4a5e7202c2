#include "mockbroker/broker/message_properties.hpp"

#include "mockbroker/broker/destination.hpp"

namespace mockbroker {

selector_value message_properties::header(std::string_view name) const {
  const auto value = m_.content().get(name);
  return value ? selector_value(*value) : selector_value();
}

selector_value message_properties::get(std::string_view name) const {
  if (!name.starts_with("JMS")) {
    // Fields are reachable by their JMS names only.
    for (const std::string_view field :
         {"destination", "message-id", "correlation-id", "type", "priority", "expires", "timestamp",
          "persistent", "reply-to", "content-length"}) {
      if (name == field) return {};
    }
    return header(name);
  }
  const message_facts& facts = m_.facts();
  if (name == "JMSPriority") return std::int32_t{facts.priority};
  if (name == "JMSTimestamp") return facts.timestamp_ms;
  if (name == "JMSExpiration") return facts.expires_ms;
  if (name == "JMSType") return header("type");
  if (name == "JMSCorrelationID") return header("correlation-id");
  if (name == "JMSMessageID") return std::string_view(facts.id);
  if (name == "JMSDeliveryMode") {
    return std::string_view(facts.persistent ? "PERSISTENT" : "NON_PERSISTENT");
  }
  if (name == "JMSXGroupID") {
    return facts.group.empty() ? selector_value() : std::string_view(facts.group);
  }
  if (name == "JMSXGroupSeq") return std::int32_t{facts.group_sequence};
  if (name == "JMSXDeliveryCount") return static_cast<std::int32_t>(deliveries_) + 1;
  if (name == "JMSRedelivered") return deliveries_ > 0 || facts.was_redelivered;
  if (name == "JMSDestination") {
    scratch_ = to_uri(at_.name);
    return std::string_view(scratch_);
  }
  return header(name);
}

}  // namespace mockbroker
