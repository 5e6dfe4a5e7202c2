// Names of destinations, apart from how a product writes them on the wire.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockbroker {

enum class destination_kind { queue, topic };

// One destination of the broker. Queues, topics and temporary ones have separate namespaces.
struct destination_name {
  destination_kind kind = destination_kind::queue;
  bool temporary = false;  // dies with the connection that made it
  std::string name;        // without any prefix where the profile strips them

  auto operator<=>(const destination_name&) const = default;
};

// "queue://a", "topic://a", "temp-queue://a", "temp-topic://a": for people and management clients.
std::string to_uri(const destination_name& d);
// "Queue", "Topic", "TempQueue", "TempTopic": as management clients name the type.
std::string_view type_name(const destination_name& d) noexcept;

// How a product writes destinations (facts: ActiveMQ 3.1, 3.3, 3.4).
struct naming {
  std::string queue_prefix = "/queue/";
  std::string topic_prefix = "/topic/";
  // The prefix belongs to the wire, not to the name. Else the name is the whole text and is
  // written back as it came.
  bool strips_prefix = false;
  bool trims = false;           // spaces around a name
  bool has_composites = false;  // "a,b" names two
  bool has_options = false;     // what follows '?' is not part of the name
  bool has_wildcards = false;   // SUBSCRIBE to "a.*" and "a.>"
  // Names with no prefix; nothing means they are refused.
  std::optional<destination_kind> unprefixed = destination_kind::queue;
};

// What a wire text names.
struct parsed_name {
  destination_name name;
  // "/temp-queue/x": `name` is what the client calls it, and each connection has its own.
  bool is_own_temporary = false;
  std::string text;  // as written, trimmed
};

// Reads the destination header `text`, one element a part. Empty when it is not a name; a part
// with an empty name has an empty name.
std::vector<parsed_name> parse_destination(std::string_view text, const naming& rules);
// A lasting destination by its URI; a text without "queue://" or "topic://" in front is the name of
// one of kind `otherwise`.
destination_name parse_uri(std::string_view text, destination_kind otherwise, const naming& rules);
// The wire text of a destination that is nobody's own temporary one.
std::string format_destination(const destination_name& d, const naming& rules);

}  // namespace mockbroker
