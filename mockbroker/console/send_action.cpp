// sendMessage.action: from fields of a form to a message.
#include <algorithm>
#include <chrono>

#include "mockbroker/console/actions.hpp"
#include "stomp/text.hpp"

namespace mockbroker::web {
namespace {

constexpr int most_copies = 10000;
constexpr std::int64_t longest_life = std::int64_t{1} << 52;  // ms: added to now it still fits

// Where a number does not matter, a text that is none is 0 (as in ActiveMQ's console).
std::int64_t number_or_zero(const visit& v, std::string_view field) {
  return stomp::parse_int64(v.given.joined(field)).value_or(0);
}

// As Spring reads a checkbox.
bool is_on(std::string_view text) {
  constexpr std::string_view words[] = {"true", "on", "yes", "1"};
  return std::ranges::any_of(words, [&](std::string_view w) { return net::iequals(text, w); });
}

// "topic://x" and "queue://x" as written, anything else is a queue.
std::string wire_name(const visit& v, std::string_view text) {
  const naming& rules = v.shown.options().kind.names;
  return format_destination(parse_uri(text, destination_kind::queue, rules), rules);
}

struct outgoing {
  std::vector<stomp::header> headers;
  std::string failure;  // empty: none
};

// The fields of JMS. A blank form sends priority 0, and correlation id and type even if empty.
void add_fields(const visit& v, outgoing& m) {
  const auto add = [&](std::string name, std::string value) {
    m.headers.push_back({std::move(name), std::move(value)});
  };
  for (const auto& [field, header] :
       {std::pair{"JMSCorrelationID", "correlation-id"}, std::pair{"JMSType", "type"}}) {
    if (v.given.has(field)) add(header, v.given.joined(field));
  }
  if (const auto to = v.given.joined("JMSReplyTo"); !to.empty()) add("reply-to", wire_name(v, to));
  if (is_on(v.given.joined("JMSPersistent"))) add("persistent", "true");
  add("priority", std::to_string(std::clamp<std::int64_t>(number_or_zero(v, "JMSPriority"), 0, 9)));
  if (const auto live = number_or_zero(v, "JMSTimeToLive"); live > 0) {
    const auto now =
        std::chrono::duration_cast<std::chrono::milliseconds>(v.rt.wall_now().time_since_epoch());
    add("expires", std::to_string(now.count() + std::min(live, longest_life)));
  }
  if (const auto group = v.given.joined("JMSXGroupID"); !group.empty()) add("JMSXGroupID", group);
  if (const auto sequence = v.given.joined("JMSXGroupSeq"); !sequence.empty()) {
    if (!stomp::parse_int64(sequence)) m.failure = "JMSXGroupSeq is no number.";
    add("JMSXGroupSeq", sequence);
  }
}

// Everything else is a property, if it is not empty. With the scheduler off, as in a stock
// ActiveMQ, AMQ_SCHEDULED_... are as well, and have no effect.
void add_properties(const visit& v, outgoing& m) {
  for (const auto& p : v.given.all()) {
    if (p.name.starts_with("JMS") || p.name == "secret" || p.name.empty()) continue;
    const bool known =
        std::ranges::find(m.headers, p.name, &stomp::header::name) != m.headers.end();
    const std::string value = v.given.joined(p.name);
    if (known || value.empty()) continue;
    if (p.name.starts_with("AMQ_SCHEDULED_") && p.name != "AMQ_SCHEDULED_CRON" &&
        !stomp::parse_int64(value)) {
      m.failure = p.name + " is no number.";
    }
    m.headers.push_back({p.name, value});
  }
}

// The parts of "a,b" where the profile has composite destinations.
std::vector<std::string> targets(const visit& v, const std::string& prefix) {
  const std::string all = v.given.joined("JMSDestination");
  std::vector<std::string> out;
  for (std::string_view rest = all; !rest.empty();) {
    const auto comma =
        v.shown.options().kind.names.has_composites ? rest.find(',') : std::string_view::npos;
    out.push_back(prefix + std::string(rest.substr(0, comma)));
    rest.remove_prefix(comma == rest.npos ? rest.size() : comma + 1);
  }
  return out;
}

}  // namespace

action_result send_message(const visit& v) {
  outgoing m;
  add_fields(v, m);
  add_properties(v, m);
  const destination_name named = given_destination(v);
  const naming& rules = v.shown.options().kind.names;
  const auto to =
      targets(v, named.kind == destination_kind::topic ? rules.topic_prefix : rules.queue_prefix);
  if (to.empty()) m.failure = "JMSDestination is missing.";
  if (!m.failure.empty()) return {{}, m.failure};
  if (to.size() > 1) m.headers.push_back({"original-destination", wire_name(v, to_uri(named))});
  const auto copies =
      std::clamp<std::int64_t>(number_or_zero(v, "JMSMessageCount"), 1, most_copies);
  std::string counter = v.given.joined("JMSMessageCountHeader");
  if (counter.empty()) counter = "JMSXMessageNumber";
  for (std::int64_t i = 1; i <= copies; ++i) {
    auto headers = m.headers;
    if (copies > 1) headers.push_back({counter, std::to_string(i)});
    for (const auto& one : to) {
      const outcome sent = v.shown.publish(one, v.given.joined("JMSText"), headers, v.rt.now());
      if (sent != outcome::done) return {{}, std::string(to_string(sent))};
    }
  }
  return {list_of(named), {}};
}

}  // namespace mockbroker::web
