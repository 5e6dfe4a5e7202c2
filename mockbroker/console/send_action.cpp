// sendMessage.action: the fields of the form and what they become.
#include <algorithm>
#include <array>
#include <vector>

#include "mockbroker/console/actions.hpp"
#include "stomp/text.hpp"

namespace mockbroker {
namespace {

constexpr std::int64_t largest_count = 10000;

struct message_field {
  std::string_view name;
  std::string_view header;
  bool also_empty;  // an empty field is an empty header
};
constexpr std::array<message_field, 7> message_fields = {{
    {"JMSCorrelationID", "correlation-id", true},
    {"JMSType", "type", true},
    {"JMSReplyTo", "reply-to", false},
    {"JMSPersistent", "persistent", false},
    {"JMSXGroupID", "JMSXGroupID", false},
    {"JMSXGroupSeq", "JMSXGroupSeq", false},
    {"JMSPriority", "priority", false},
}};

// Nothing when it has a number that is none.
std::optional<std::int64_t> number(const view& v, std::string_view name, std::int64_t otherwise) {
  const std::string given(stomp::trim(v.get(name)));
  return given.empty() ? otherwise : stomp::parse_int64(given);
}

// What every other field becomes: a property of the message.
bool is_property(std::string_view name) {
  return !name.starts_with("JMS") && name != "secret" && !name.empty();
}

std::vector<stomp::header> headers_of(const view& v, std::int64_t expires) {
  std::vector<stomp::header> headers;
  for (const message_field& each : message_fields) {
    const auto given = v.given.find(each.name);
    if (given == v.given.end() || (given->second.empty() && !each.also_empty)) continue;
    headers.push_back({std::string(each.header), given->second});
  }
  // A form without a priority means the lowest, unlike a SEND without one.
  if (v.get("JMSPriority").empty()) headers.push_back({"priority", "0"});
  if (expires != 0) headers.push_back({"expires", std::to_string(expires)});
  for (const auto& [name, text] : v.given) {
    if (is_property(name) && !(text.empty() && name.starts_with("AMQ_"))) {
      headers.push_back({name, text});
    }
  }
  return headers;
}

}  // namespace

action_result send_message(const view& v) {
  const auto count = number(v, "JMSMessageCount", 1);
  const auto lifetime = number(v, "JMSTimeToLive", 0);
  for (const std::string_view name : {"JMSPriority", "JMSXGroupSeq"}) {
    if (!number(v, name, 0)) return {{}, std::string(name) + " is no number."};
  }
  if (!count || !lifetime) return {{}, "The count and the time to live must be numbers."};
  const std::string body = v.get("JMSText");
  const std::string counter = v.get("JMSMessageCountHeader");
  const bool is_topic = v.get("JMSDestinationType") == "topic";
  const std::string to = (is_topic ? "/topic/" : "/queue/") + v.get("JMSDestination");
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(v.rt.wall_now().time_since_epoch())
          .count();
  const auto headers = headers_of(v, *lifetime > 0 ? now + *lifetime : 0);
  const std::int64_t copies = std::clamp<std::int64_t>(*count, 1, largest_count);
  for (std::int64_t i = 1; i <= copies; ++i) {
    auto own = headers;
    if (copies > 1 && !counter.empty()) own.push_back({counter, std::to_string(i)});
    const outcome sent = v.shown.publish(to, body, own, v.now());
    if (sent != outcome::done) return result_of(sent, {});
  }
  return {list_of(v), {}};
}

}  // namespace mockbroker
