// sendMessage.action: the fields of the form and what they become.
#include <algorithm>
#include <array>
#include <vector>

#include "mockbroker/console/actions.hpp"
#include "stomp/text.hpp"

namespace mockbroker {
namespace {

constexpr std::int64_t largest_count = 10000;
constexpr std::int64_t longest_life = std::int64_t{1} << 50U;  // milliseconds; no overflow

struct message_field {
  std::string_view name;
  std::string_view header;
  bool also_empty;  // an empty field is an empty header
};
constexpr std::array<message_field, 5> message_fields = {{
    {"JMSCorrelationID", "correlation-id", true},
    {"JMSType", "type", true},
    {"JMSReplyTo", "reply-to", false},
    {"JMSPersistent", "persistent", false},
    {"JMSXGroupID", "JMSXGroupID", false},
}};

// What is no number counts as a field that was left out, as in ActiveMQ.
std::optional<std::int64_t> number(const view& v, std::string_view name) {
  return stomp::parse_int64(stomp::trim(v.get(name)));
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
  headers.push_back({"priority", std::to_string(number(v, "JMSPriority").value_or(0))});
  if (const auto place = number(v, "JMSXGroupSeq")) {
    headers.push_back({"JMSXGroupSeq", std::to_string(*place)});
  }
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
  const std::string body = v.get("JMSText");
  const std::string counter = v.get("JMSMessageCountHeader");
  const bool is_topic = v.get("JMSDestinationType") == "topic";
  const std::string to = (is_topic ? "/topic/" : "/queue/") + v.get("JMSDestination");
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(v.rt.wall_now().time_since_epoch())
          .count();
  const std::int64_t lifetime = std::min(number(v, "JMSTimeToLive").value_or(0), longest_life);
  const auto headers = headers_of(v, lifetime > 0 ? now + lifetime : 0);
  const std::int64_t copies =
      std::clamp<std::int64_t>(number(v, "JMSMessageCount").value_or(1), 1, largest_count);
  for (std::int64_t i = 1; i <= copies; ++i) {
    auto own = headers;
    if (copies > 1 && !counter.empty()) own.push_back({counter, std::to_string(i)});
    const outcome sent = v.shown.publish(to, body, own, v.now());
    if (sent != outcome::done) return result_of(sent, {});
  }
  return {list_of(v), {}};
}

}  // namespace mockbroker
