#include "mockbroker/broker/destination_name.hpp"

#include <array>

#include "stomp/text.hpp"

namespace mockbroker {
namespace {

struct temporary_prefix {
  std::string_view text;
  destination_kind kind;
  bool is_own;
};
constexpr std::array<temporary_prefix, 4> temporary_prefixes{
    {{"/temp-queue/", destination_kind::queue, true},
     {"/temp-topic/", destination_kind::topic, true},
     {"/remote-temp-queue/", destination_kind::queue, false},
     {"/remote-temp-topic/", destination_kind::topic, false}}};

std::string_view strip_options(std::string_view text, const naming& rules) noexcept {
  return rules.has_options ? text.substr(0, text.find('?')) : text;
}

// One part of a destination header.
std::optional<parsed_name> parse_part(std::string_view text, const naming& rules) {
  parsed_name found;
  found.text = text;
  const auto take = [&](destination_kind kind, std::string_view prefix) {
    found.name.kind = kind;
    std::string_view rest = rules.strips_prefix ? text.substr(prefix.size()) : text;
    if (rules.trims) rest = stomp::trim(rest);
    found.name.name = strip_options(rest, rules);
  };
  if (text.starts_with(rules.queue_prefix)) {
    take(destination_kind::queue, rules.queue_prefix);
    return found;
  }
  if (text.starts_with(rules.topic_prefix)) {
    take(destination_kind::topic, rules.topic_prefix);
    return found;
  }
  for (const auto& p : temporary_prefixes) {
    if (!text.starts_with(p.text)) continue;
    take(p.kind, p.text);
    found.name.temporary = true;
    found.is_own_temporary = p.is_own;
    return found;
  }
  if (!rules.unprefixed) return std::nullopt;
  found.name.kind = *rules.unprefixed;
  found.name.name = strip_options(rules.trims ? stomp::trim(text) : text, rules);
  return found;
}

}  // namespace

std::string_view type_name(const destination_name& d) noexcept {
  const bool queue = d.kind == destination_kind::queue;
  if (d.temporary) return queue ? "TempQueue" : "TempTopic";
  return queue ? "Queue" : "Topic";
}

std::string to_uri(const destination_name& d) {
  std::string out = d.temporary ? "temp-" : "";
  out += d.kind == destination_kind::queue ? "queue://" : "topic://";
  return out + d.name;
}

std::vector<parsed_name> parse_destination(std::string_view text, const naming& rules) {
  std::vector<parsed_name> parts;
  if (rules.trims) text = stomp::trim(text);
  const bool composite = rules.has_composites && text.find(',') != std::string_view::npos;
  while (true) {
    // As Java splits: nothing behind the last comma is no part.
    if (composite && text.find_first_not_of(',') == std::string_view::npos) return parts;
    const std::size_t comma = composite ? text.find(',') : std::string_view::npos;
    const std::string_view piece = text.substr(0, comma);
    auto part = parse_part(piece, rules);
    if (!part) return {};
    // In a list a prefix alone is a name.
    if (composite && part->name.name.empty()) {
      part->name = {destination_kind::queue, false, std::string(piece)};
    }
    parts.push_back(std::move(*part));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

destination_name parse_uri(std::string_view text, destination_kind otherwise, const naming& rules) {
  destination_name d{otherwise, false, {}};
  for (const auto kind : {destination_kind::queue, destination_kind::topic}) {
    const std::string_view scheme = kind == destination_kind::queue ? "queue://" : "topic://";
    if (!text.starts_with(scheme)) continue;
    d.kind = kind;
    text.remove_prefix(scheme.size());
    break;
  }
  if (!rules.strips_prefix && !text.empty()) {
    d.name = d.kind == destination_kind::queue ? rules.queue_prefix : rules.topic_prefix;
  }
  d.name += text;
  return d;
}

std::string format_destination(const destination_name& d, const naming& rules) {
  if (!rules.strips_prefix) return d.name;
  const bool queue = d.kind == destination_kind::queue;
  if (d.temporary) return (queue ? "/remote-temp-queue/" : "/remote-temp-topic/") + d.name;
  return (queue ? rules.queue_prefix : rules.topic_prefix) + d.name;
}

}  // namespace mockbroker
