#include "mockbroker/console/mbean_messages.hpp"

#include <algorithm>
#include <string>

#include "mockbroker/console/dates.hpp"

namespace mockbroker {
namespace {

namespace json = boost::json;

json::value text_or_null(const stomp::frame& f, std::string_view name) {
  const auto value = f.get(name);
  return value ? json::value(json::string(*value)) : json::value();
}

}  // namespace

json::object show_message(const message_info& m, const destination_name& at, bool with_text) {
  constexpr std::string_view fields[] = {
      "destination", "message-id", "correlation-id", "expires", "priority",
      "timestamp",   "persistent", "reply-to",       "type",    "original-destination"};
  json::object texts;
  std::string pairs;  // as Java writes a map
  for (const auto& h : m.content.headers) {
    if (std::ranges::find(fields, h.name) != std::end(fields)) continue;
    texts[h.name] = h.value;
    pairs += (pairs.empty() ? "" : ", ") + h.name + "=" + h.value;
  }
  json::object out{{"JMSMessageID", m.facts.id},
                   {"JMSDestination", to_uri(at)},
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
                   {"PropertiesText", "{" + pairs + "}"}};
  // A STOMP header is always a text.
  for (const char* kind : {"Int", "Long", "Short", "Byte", "Boolean", "Float", "Double"}) {
    out[std::string(kind) + "Properties"] = json::object();
  }
  if (!m.facts.group.empty()) out["JMSXGroupID"] = m.facts.group;
  if (with_text && !m.facts.is_bytes) out["Text"] = m.content.body;
  return out;
}

}  // namespace mockbroker
