// STOMP to the letter.
#include <algorithm>
#include <array>
#include <charconv>

#include "mockbroker/profiles/profile.hpp"

namespace mockbroker {
namespace {

// Set by the broker alone, or meant for the broker alone (S-USR-1).
constexpr std::array<std::string_view, 9> withheld = {
    "destination", "message-id", "subscription", "ack",           "redelivered",
    "timestamp",   "receipt",    "transaction",  "content-length"};

// A plain number up to `largest`, or `fallback`.
std::int64_t parse(std::string_view text, std::int64_t largest, std::int64_t fallback) noexcept {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = error == std::errc{} && end == text.data() + text.size();
  return good && value >= 0 && value <= largest ? value : fallback;
}

// Every header goes on as it came, but for the ones that a sender must not forge.
sent_message read(stomp::frame& f, std::int64_t wall_ms) {
  constexpr std::int64_t far_future = 999999999999999;
  sent_message sent;
  sent.facts.timestamp_ms = wall_ms;
  sent.facts.is_bytes = f.has("content-length");
  sent.facts.expires_ms = parse(f.get_or("expires", ""), far_future, 0);
  sent.facts.priority = static_cast<int>(parse(f.get_or("priority", ""), 9, 4));
  sent.facts.persistent = f.get_or("persistent", "") == "true";
  sent.reply_to = f.get_or("reply-to", "");
  std::erase_if(f.headers, [](const stomp::header& h) {
    return std::ranges::find(withheld, h.name) != withheld.end();
  });
  if (!f.has("priority")) f.prepend("priority", "4");
  if (!f.has("expires")) f.prepend("expires", "0");
  f.prepend("timestamp", std::to_string(wall_ms));
  return sent;
}

}  // namespace

profile strict_profile() {
  profile p;
  p.name = "strict";
  p.server = "mockbroker/0.1";
  p.version = "0.1";
  p.rules = stomp::strict();
  p.read = read;
  return p;
}

}  // namespace mockbroker
