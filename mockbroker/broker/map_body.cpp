#include "mockbroker/broker/map_body.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <system_error>
#include <utility>

#include "mockbroker/broker/java_number.hpp"
#include "stomp/text.hpp"

namespace mockbroker {
namespace {

constexpr std::array<std::string_view, 10> type_names = {
    "null", "boolean", "byte", "short", "int", "long", "float", "double", "char", "string"};

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Long.decode, and for 64 bits also hexadecimal beyond the sign.
std::optional<std::int64_t> decode(std::string_view text) noexcept {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.starts_with('#')) {
    base = 16;
    text.remove_prefix(1);
  } else if (text.size() > 1 && text[0] == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc{} || stop != end || text.empty()) return std::nullopt;
  const std::uint64_t sign_bit = std::uint64_t{1} << 63U;
  if (value > sign_bit - (negative ? 0 : 1) && (negative || base != 16)) return std::nullopt;
  return static_cast<std::int64_t>(negative ? 0 - value : value);
}

// Narrow types take what is a value of theirs with or without sign.
template <class Narrow>
std::optional<std::string> whole(std::string_view text) {
  const auto value = decode(text);
  constexpr auto bits = static_cast<int>(8 * sizeof(Narrow));
  if (!value) return std::nullopt;
  if constexpr (bits < 64) {
    constexpr std::int64_t limit = std::int64_t{1} << (bits - 1);
    if (*value < -limit || *value >= 2 * limit) return std::nullopt;
  }
  return std::to_string(static_cast<Narrow>(*value));
}

std::optional<std::string> canonical(map_type type, std::string_view text) {
  switch (type) {
    case map_type::null:
      return "";
    case map_type::boolean:
      return std::ranges::equal(text, std::string_view("true"), {}, lower) ? "true" : "false";
    case map_type::byte:
      return whole<std::int8_t>(text);
    case map_type::int16:
      return whole<std::int16_t>(text);
    case map_type::int32:
      return whole<std::int32_t>(text);
    case map_type::int64:
      return whole<std::int64_t>(text);
    case map_type::real32:
      if (const auto value = parse_double(text)) return to_java_text(static_cast<float>(*value));
      return std::nullopt;
    case map_type::real64:
      if (const auto value = parse_double(text)) return to_java_text(*value);
      return std::nullopt;
    case map_type::character: {
      std::size_t size = text.empty() ? 0 : 1;
      while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U)
        ++size;
      return std::string(text.substr(0, size));
    }
    case map_type::text:
      break;
  }
  return std::string(text);
}

// What ActiveMQ's JSON writer leaves without quotes: what is exactly as Java writes a number or a
// boolean. A small exponent keeps them.
std::string bare_json(const std::string& text) {
  if (text == "true" || text == "false") return text;
  if (const auto value = stomp::parse_int64(text); value && std::to_string(*value) == text)
    return text;
  if (text.find('-', 1) != text.npos) return {};
  const auto value = parse_double(text);
  if (!value || !std::isfinite(*value) || to_java_text(*value) != text) return {};
  std::string number = text;
  if (number.find('E') == number.npos) {
    while (number.ends_with('0')) number.pop_back();
    if (number.ends_with('.')) number.pop_back();
  }
  return number;
}

std::string json_quoted(std::string_view text) {
  constexpr std::string_view named = "\b\t\n\f\r\"\\/";
  constexpr std::string_view names = "btnfr\"\\/";
  std::string result = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (const std::size_t at = named.find(c); at != named.npos) {
      result += '\\';
      result += names[at];
    } else if (static_cast<unsigned char>(c) < 0x20) {
      constexpr std::string_view hex = "0123456789abcdef";
      result += "\\u00";
      result += hex[static_cast<unsigned char>(c) >> 4U];
      result += hex[static_cast<unsigned char>(c) & 15U];
    } else if (text.substr(i, 3) == "\u2028" || text.substr(i, 3) == "\u2029") {
      result += text[i + 2] == '\xA8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string json_value(const std::string& text) {
  const std::string bare = bare_json(text);
  return bare.empty() ? json_quoted(text) : bare;
}

std::string json_entry(const map_entry& e) {
  if (e.type == map_type::text)
    return "{\"string\":[" + json_value(e.key) + ',' + json_value(e.value) + "]}";
  return "{\"string\":" + json_value(e.key) + ",\"" + std::string(to_string(e.type)) +
         "\":" + json_value(e.value) + '}';
}

std::string xml_number(unsigned char code) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string result = "&#x";
  if (code > 15) result += hex[code >> 4U];
  return result + hex[code & 15U] + ';';
}

std::string xml_escaped(std::string_view text) {
  constexpr std::string_view special = "&<>\"'";
  constexpr std::array<std::string_view, 5> names = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"};
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octet = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if (const std::size_t at = special.find(text[i]); at != special.npos) {
      result += names[at];
    } else if ((octet < 0x20 && octet != '\t' && octet != '\n') || octet == 0x7F) {
      result += xml_number(octet);
    } else if (octet == 0xC2 && next >= 0x80 && next < 0xA0) {  // U+0080 to U+009F
      result += xml_number(next);
      ++i;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::string xml_element(map_type type, std::string_view text) {
  const std::string name(to_string(type));
  if (type == map_type::null) return "    <null/>\n";
  return "    <" + name + '>' + xml_escaped(text) + "</" + name + ">\n";
}

// The order in which a java.util.HashMap that grew by itself gives its entries back: by bucket,
// and in one bucket as they were put in.
std::vector<map_entry> in_java_order(const map_body& map) {
  std::uint32_t buckets = 16;
  while (map.size() * 4 > std::size_t{buckets} * 3) buckets *= 2;
  const auto bucket = [buckets](const map_entry& e) {
    std::uint32_t hash = 0;
    for (char c : e.key) hash = hash * 31 + static_cast<unsigned char>(c);
    return (hash ^ (hash >> 16U)) & (buckets - 1);
  };
  std::vector<map_entry> sorted = map;
  std::ranges::stable_sort(sorted, {}, bucket);
  return sorted;
}

}  // namespace

std::string_view to_string(map_type t) noexcept { return type_names[static_cast<std::size_t>(t)]; }

std::optional<map_type> parse_map_type(std::string_view name) noexcept {
  const auto* found = std::ranges::find(type_names, name);
  if (found == type_names.end()) return std::nullopt;
  return static_cast<map_type>(found - type_names.begin());
}

std::optional<map_entry> read_entry(std::string key, map_type type, std::string_view text) {
  auto value = canonical(type, text);
  if (!value) return std::nullopt;
  return map_entry{std::move(key), type, std::move(*value)};
}

std::string to_json(const map_body& map) {
  if (map.empty()) return R"({"map":""})";
  std::string entries;
  for (const map_entry& e : in_java_order(map)) {
    if (!entries.empty()) entries += ',';
    entries += json_entry(e);
  }
  if (map.size() > 1) entries = '[' + entries + ']';
  return R"({"map":{"entry":)" + entries + "}}";
}

std::string to_xml(const map_body& map) {
  if (map.empty()) return "<map/>";
  std::string result = "<map>\n";
  for (const map_entry& e : in_java_order(map)) {
    result += "  <entry>\n" + xml_element(map_type::text, e.key) + xml_element(e.type, e.value);
    result += "  </entry>\n";
  }
  return result + "</map>";
}

}  // namespace mockbroker
