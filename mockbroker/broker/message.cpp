#include "mockbroker/broker/message.hpp"

#include <algorithm>
#include <array>

namespace mockbroker {
namespace {

// Set by the broker alone, or meant for the broker alone.
constexpr std::array<std::string_view, 9> withheld = {
    "destination", "message-id", "subscription", "ack",           "redelivered",
    "timestamp",   "receipt",    "transaction",  "content-length"};

// Milliseconds since 1970, or 0 for anything that is not a plain number.
std::int64_t parse_expires(std::string_view text) noexcept {
  if (text.empty() || text.size() > 15) return 0;
  std::int64_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return 0;
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

message::message(memory_account& account, stomp::frame sent, origin from)
    : account_(account), from_(std::move(from)), content_(std::move(sent)) {
  had_length_ = content_.has("content-length");
  expires_ms_ = parse_expires(content_.get_or("expires", ""));
  content_.command = "MESSAGE";
  std::erase_if(content_.headers, [](const stomp::header& h) {
    return std::ranges::find(withheld, h.name) != withheld.end();
  });
  cost_ =
      stomp::memory_cost(content_) + sizeof(message) + from_.id.size() + from_.destination.size();
  account_.used += cost_;
}

message::~message() { account_.used -= cost_; }

message_ptr make_dead_letter(const message& m, std::string grave) {
  stomp::frame f = m.content();
  f.remove("expires");
  if (!f.has("original-destination")) f.add("original-destination", m.destination());
  if (m.had_length()) f.add("content-length", std::to_string(f.body.size()));
  return std::make_shared<const message>(
      m.account(), std::move(f), message::origin{m.id(), std::move(grave), m.timestamp_ms()});
}

stomp::frame make_message_frame(const message& m, const message_labels& labels) {
  const stomp::frame& content = m.content();
  stomp::frame f;
  f.command = "MESSAGE";
  f.headers.reserve(content.headers.size() + 9);
  f.add("destination", m.destination());
  f.add("message-id", m.id());
  if (!labels.subscription.empty()) f.add("subscription", labels.subscription);
  if (!labels.ack.empty()) f.add("ack", labels.ack);
  if (labels.redelivered) f.add("redelivered", "true");
  f.add("timestamp", std::to_string(m.timestamp_ms()));
  if (!content.has("expires")) f.add("expires", "0");
  if (!content.has("priority")) f.add("priority", "4");
  if (labels.add_length) f.add("content-length", std::to_string(content.body.size()));
  f.headers.insert(f.headers.end(), content.headers.begin(), content.headers.end());
  f.body = content.body;
  return f;
}

}  // namespace mockbroker
