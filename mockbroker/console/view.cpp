#include "mockbroker/console/view.hpp"

#include <algorithm>
#include <ctime>

namespace mockbroker {

std::string_view kind_word(destination_kind kind) noexcept {
  return kind == destination_kind::queue ? "queue" : "topic";
}

destination_name view::named(destination_kind kind, const std::string& bare) const {
  const naming& rules = shown.options().kind.names;
  if (rules.strips_prefix || bare.empty()) return {kind, false, bare};
  const bool is_queue = kind == destination_kind::queue;
  return {kind, false, (is_queue ? rules.queue_prefix : rules.topic_prefix) + bare};
}

destination_name view::target() const {
  const bool is_topic = get("JMSDestinationType") == "topic";
  return named(is_topic ? destination_kind::topic : destination_kind::queue, get("JMSDestination"));
}

std::string view::bare(const destination_name& d) const {
  if (shown.options().kind.names.strips_prefix) return d.name;
  const auto slash = d.name.find('/', 1);
  return slash == std::string::npos ? d.name : d.name.substr(slash + 1);
}

std::string console_date(std::int64_t wall_ms) {
  wall_ms = std::max<std::int64_t>(wall_ms, 0);  // a sender may say anything
  const std::time_t seconds = static_cast<std::time_t>(wall_ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  std::string millis = std::to_string(wall_ms % 1000);
  millis.insert(0, 3 - std::min<std::size_t>(3, millis.size()), '0');
  return std::string(text, size) + ":" + millis + " UTC";
}

}  // namespace mockbroker
