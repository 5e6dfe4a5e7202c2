#include "gateway/elements/byte_range.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>

#include "gateway/elements/file_lookup.hpp"
#include "net/http_fields.hpp"

namespace gateway {

namespace {

constexpr std::string_view unit = "bytes=";

// Decimal digits; what is beyond 64 bits is beyond every file.
std::optional<std::uint64_t> position(std::string_view digits) {
  if (digits.empty() || digits.find_first_not_of("0123456789") != digits.npos) return std::nullopt;
  std::uint64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return read.ec == std::errc{} ? value : std::numeric_limits<std::uint64_t>::max();
}

// The last octets of a file.
byte_range suffix(std::string_view digits, std::uint64_t file_size) {
  const auto length = position(digits);
  if (!length) return {};
  if (*length == 0) return {byte_range::kind::unsatisfiable};
  if (file_size == 0) return {};
  const std::uint64_t size = std::min(*length, file_size);
  return {byte_range::kind::part, file_size - size, size};
}

}  // namespace

byte_range parse_range(std::string_view field, std::uint64_t file_size) {
  if (!net::iequals(field.substr(0, unit.size()), unit)) return {};
  const std::string_view one = net::trimmed(field.substr(unit.size()));
  const auto dash = one.find('-');
  if (dash == one.npos) return {};
  if (dash == 0) return suffix(one.substr(1), file_size);
  const auto first = position(one.substr(0, dash));
  std::optional<std::uint64_t> last = std::numeric_limits<std::uint64_t>::max();
  if (dash + 1 < one.size()) last = position(one.substr(dash + 1));
  if (!first || !last || *last < *first) return {};
  if (*first >= file_size) return {byte_range::kind::unsatisfiable};
  return {byte_range::kind::part, *first, std::min(*last, file_size - 1) - *first + 1};
}

bool range_applies(std::optional<std::string_view> if_range, const net::file_info& info,
                   net::wall_time now) {
  if (!if_range) return true;
  if (if_range->starts_with('"')) return *if_range == entity_tag(info);
  const auto date = parse_http_date(*if_range);
  return date && *date == std::chrono::floor<std::chrono::seconds>(info.modified) &&
         now - info.modified >= std::chrono::seconds(1);
}

}  // namespace gateway
