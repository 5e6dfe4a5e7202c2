#include "mockbroker/broker/advisory.hpp"

namespace mockbroker {
namespace {

// `text` as a JSON string with its quotes.
std::string quoted(std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out = "\"";
  for (char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.append("\\") += c;
    } else if (octet < 0x20) {
      out.append("\\u00") += digits[octet >> 4U];
      out += digits[octet & 0x0FU];
    } else {
      out += c;
    }
  }
  return out += '"';
}

std::string flag(bool value) { return value ? "true" : "false"; }

std::string destination_json(const destination_name& d) {
  return "{\"@class\":\"ActiveMQ" + std::string(type_name(d)) + "\",\"string\":" + quoted(d.name) +
         ",\"null\":\"\"}";
}

// "Queue.a", as the last part of a topic.
std::string leaf(const destination_name& d) { return std::string(type_name(d)) + "." + d.name; }

std::string topic(std::string_view rest) {
  return std::string(advisory_prefix) + std::string(rest);
}

std::string consumer_id(const subscription& s, std::string_view by) {
  return "\"connectionId\":" + quoted(by) +
         ",\"sessionId\":-1,\"value\":" + std::to_string(s.number);
}

advisory about_destination(const destination_name& d, std::string_view by, int operation) {
  return {topic(type_name(d)),
          "{\"DestinationInfo\":{\"commandId\":0,\"responseRequired\":false,\"connectionId\":"
          "{\"value\":" +
              quoted(by) + "},\"destination\":" + destination_json(d) +
              ",\"operationType\":" + std::to_string(operation) + ",\"timeout\":0}}",
          {}};
}

// ActiveMQ shows a message by the ids of who sent it: "ID:host-1-2-3:7:-1:1:5".
std::string message_json(const message& m) {
  const message_facts& f = m.facts();
  const std::size_t producer = f.id.rfind(":-1:");
  const std::size_t last = f.id.rfind(':');
  const std::string sequence = last == std::string::npos ? "0" : f.id.substr(last + 1);
  const std::string sender =
      "{\"connectionId\":" + quoted(f.id.substr(0, producer)) + ",\"sessionId\":-1,\"value\":1}";
  return "{\"ActiveMQ" + std::string(f.is_bytes ? "Bytes" : "Text") +
         "Message\":{\"commandId\":0,\"responseRequired\":false,\"messageId\":{\"producerId\":" +
         sender + ",\"producerSequenceId\":" + sequence +
         ",\"brokerSequenceId\":0},\"producerId\":" + sender +
         ",\"destination\":" + destination_json(f.destination) +
         ",\"deliveryTime\":0,\"expiration\":" + std::to_string(f.expires_ms) +
         ",\"timestamp\":" + std::to_string(f.timestamp_ms) +
         ",\"arrival\":0,\"brokerInTime\":" + std::to_string(f.timestamp_ms) +
         ",\"brokerOutTime\":0,\"persistent\":" + flag(f.persistent) +
         ",\"priority\":" + std::to_string(f.priority) +
         ",\"groupSequence\":" + std::to_string(f.group_sequence) +
         ",\"compressed\":false,\"redeliveryCounter\":0,\"size\":0,\"readOnlyProperties\":true,"
         "\"readOnlyBody\":false,\"droppable\":false,\"jmsXGroupFirstForConsumer\":false}}";
}

}  // namespace

bool is_advisory(const destination_name& d) noexcept {
  return d.kind == destination_kind::topic && d.name.starts_with(advisory_prefix);
}

advisory connection_started(const connection_facts& c) {
  return {topic("Connection"),
          "{\"ConnectionInfo\":{\"commandId\":0,\"responseRequired\":true,\"connectionId\":"
          "{\"value\":" +
              quoted(c.session) + "},\"clientId\":" + quoted(c.client_id) +
              ",\"clientIp\":" + quoted(c.address) + ",\"userName\":" + quoted(c.login) +
              ",\"password\":\"\",\"brokerMasterConnector\":false,\"manageable\":false,"
              "\"clientMaster\":true,\"faultTolerant\":false,\"failoverReconnect\":false}}",
          {}};
}

advisory connection_stopped(const connection_facts& c) {
  return {topic("Connection"),
          "{\"RemoveInfo\":{\"commandId\":0,\"responseRequired\":true,\"objectId\":{\"@class\":"
          "\"ConnectionId\",\"value\":" +
              quoted(c.session) + "},\"lastDeliveredSequenceId\":-2}}",
          {}};
}

advisory destination_added(const destination_name& d, std::string_view by) {
  return about_destination(d, by, 0);
}

advisory destination_removed(const destination_name& d, std::string_view by) {
  return about_destination(d, by, 1);
}

advisory consumer_added(const subscription& s, const destination_name& d, std::string_view by,
                        std::size_t count) {
  const subscription_options& o = s.options;
  std::string body = "{\"ConsumerInfo\":{\"commandId\":" + std::to_string(s.number + 2) +
                     ",\"responseRequired\":false,\"consumerId\":{" + consumer_id(s, by) +
                     "},\"destination\":" + destination_json(d) +
                     ",\"prefetchSize\":" + std::to_string(o.prefetch) +
                     ",\"maximumPendingMessageLimit\":0,\"browser\":" + flag(o.browser) +
                     ",\"dispatchAsync\":true";
  if (!o.selector_text.empty()) {
    body += ",\"selector\":" + quoted("convert_string_expressions:" + o.selector_text);
  }
  if (s.lasting != nullptr) body += ",\"subscriptionName\":" + quoted(s.lasting->name);
  body += ",\"noLocal\":" + flag(o.no_local) + ",\"exclusive\":" + flag(o.exclusive) +
          ",\"retroactive\":" + flag(o.retroactive) +
          ",\"priority\":" + std::to_string(o.priority) +
          ",\"optimizedAcknowledge\":false,\"noRangeAcks\":false}}";
  return {
      topic("Consumer." + leaf(d)), std::move(body), {{"consumerCount", std::to_string(count)}}};
}

advisory consumer_removed(const subscription& s, const destination_name& d, std::string_view by,
                          std::size_t count) {
  return {topic("Consumer." + leaf(d)),
          "{\"RemoveInfo\":{\"commandId\":0,\"responseRequired\":false,\"objectId\":{\"@class\":"
          "\"ConsumerId\"," +
              consumer_id(s, by) + "},\"lastDeliveredSequenceId\":-2}}",
          {{"consumerCount", std::to_string(count)}}};
}

advisory message_expired(const message& m, const destination_name& d) {
  // The misspelt name is ActiveMQ's.
  return {topic("Expired." + leaf(d)), message_json(m), {{"orignalMessageId", m.id()}}};
}

advisory message_buried(const message& m, const destination_name& d) {
  return {topic("MessageDLQd." + leaf(d)), message_json(m), {}};
}

}  // namespace mockbroker
