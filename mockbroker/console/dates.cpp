#include "mockbroker/console/dates.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>

#include "net/http_types.hpp"

namespace mockbroker {
namespace {

std::int64_t millis_of(std::int64_t ms) { return (ms % 1000 + 1000) % 1000; }

std::string seconds_of(std::int64_t ms, const char* format) {
  // The second in which it lies, also before 1970.
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000 - (ms % 1000 < 0 ? 1 : 0));
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[48];
  return {text, std::strftime(text, sizeof text, format, &parts)};
}

}  // namespace

std::string page_date(std::int64_t ms) {
  const std::string millis = std::to_string(1000 + millis_of(ms)).substr(1);
  return seconds_of(ms, "%Y-%m-%d %H:%M:%S:") + millis + " UTC";
}

std::string iso_date(std::int64_t ms) { return seconds_of(ms, "%Y-%m-%dT%H:%M:%SZ"); }

std::string mail_date(std::int64_t ms) {
  constexpr std::int64_t last_second_of_2261 = 9'214'646'399'000;
  return net::http_date(net::wall_time(
      std::chrono::milliseconds(std::clamp<std::int64_t>(ms, 0, last_second_of_2261))));
}

}  // namespace mockbroker
