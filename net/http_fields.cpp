#include "net/http_fields.hpp"

#include <algorithm>
#include <charconv>

namespace net {

namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view hex_digits = "0123456789abcdefABCDEF";
constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool is_alphanumeric(char c) noexcept {
  return letters.find(c) != letters.npos || digits.find(c) != digits.npos;
}

template <class F>
bool all_of(std::string_view text, F f) noexcept {
  return std::all_of(text.begin(), text.end(), f);
}

bool is_port(std::string_view text) noexcept {
  return text.size() <= 5 && text.find_first_not_of(digits) == text.npos;
}

// What follows "http://" or "https://"; nothing for other targets.
std::optional<std::string_view> behind_scheme(std::string_view target) noexcept {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (iequals(target.substr(0, scheme.size()), scheme)) return target.substr(scheme.size());
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_length(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_token(std::string_view text) noexcept {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() &&
         all_of(text, [&](char c) { return is_alphanumeric(c) || marks.find(c) != marks.npos; });
}

bool is_field_text(std::string_view text) noexcept {
  return all_of(text, [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return (octet >= 0x20 && octet != 0x7f) || c == '\t';
  });
}

bool is_authority(std::string_view text) noexcept {
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos || end == 1) return false;
    const std::string_view address = text.substr(1, end - 1);
    constexpr std::string_view marks = ":.";
    if (!all_of(address, [&](char c) {
          return hex_digits.find(c) != hex_digits.npos || marks.find(c) != marks.npos;
        })) {
      return false;
    }
    port = text.substr(end + 1);
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    // A list of hosts is no host, though a comma could be part of a name.
    constexpr std::string_view marks = "-._~%!$&'()*+;=";
    if (colon == 0 && !text.empty()) return false;
    if (!all_of(text.substr(0, colon),
                [&](char c) { return is_alphanumeric(c) || marks.find(c) != marks.npos; })) {
      return false;
    }
    port = text.substr(colon);
  }
  return port.empty() || (port[0] == ':' && is_port(port.substr(1)));
}

std::optional<std::uint64_t> announced_length(const header_list& headers) {
  std::optional<std::uint64_t> length;
  for (const auto& field : headers.fields()) {
    if (!iequals(field.name, "Content-Length")) continue;
    std::string_view rest = field.value;
    while (true) {
      const auto comma = rest.find(',');
      const auto value = parse_length(trimmed(rest.substr(0, comma)));
      if (!value || (length && *length != *value)) return std::nullopt;
      length = value;
      if (comma == rest.npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return length;
}

keep_alive_terms parse_keep_alive(std::string_view field) {
  keep_alive_terms terms;
  while (!field.empty()) {
    const auto comma = std::min(field.find(','), field.size());
    const std::string_view one = field.substr(0, comma);
    field.remove_prefix(std::min(comma + 1, field.size()));
    const auto equals = one.find('=');
    if (equals == one.npos) continue;
    const std::string_view name = trimmed(one.substr(0, equals));
    const auto value = parse_length(trimmed(one.substr(equals + 1)));
    if (!value) continue;
    if (iequals(name, "max")) terms.requests = value;
    // More than a day is as good as no end.
    if (iequals(name, "timeout")) {
      terms.timeout = std::chrono::seconds(std::min<std::uint64_t>(*value, 86'400));
    }
  }
  return terms;
}

http_error check_target(http_request& request) {
  const std::size_t hosts = request.headers.count("Host");
  if (hosts > 1 || (hosts == 0 && request.version >= 11)) {
    return {400, "Exactly one Host header is needed."};
  }
  if (hosts == 1 && !is_authority(*request.headers.get("Host"))) {
    return {400, "The Host header is not a host."};
  }
  if (request.method == "CONNECT") return {501, "CONNECT is not supported."};
  const std::string_view target = request.target;
  if (target.find('#') != target.npos) return {400, "The target holds a fragment."};
  if (target.starts_with('/')) return {};
  if (target == "*" && request.method == "OPTIONS") return {};
  const auto rest = behind_scheme(target);
  if (!rest) return {400, "The target is neither a path nor an absolute URI."};
  const std::string_view authority = rest->substr(0, rest->find_first_of("/?"));
  if (authority.empty() || !is_authority(authority)) {
    return {400, "The target does not name a proper host."};
  }
  request.headers.set("Host", authority);
  const std::size_t path = target.size() - rest->size() + authority.size();
  if (path == target.size() || target[path] == '?')
    request.target = request.target.substr(0, path) + '/' + request.target.substr(path);
  return {};
}

bool may_be_trailer(std::string_view name) noexcept {
  constexpr std::string_view never[] = {"Accept-Encoding",
                                        "Age",
                                        "Authorization",
                                        "Cache-Control",
                                        "Connection",
                                        "Content-Range",
                                        "Content-Type",
                                        "Content-Length",
                                        "Cookie",
                                        "Content-Encoding",
                                        "Date",
                                        "Expect",
                                        "Expires",
                                        "Forwarded",
                                        "Host",
                                        "Keep-Alive",
                                        "Location",
                                        "Max-Forwards",
                                        "Origin",
                                        "Pragma",
                                        "Range",
                                        "Referer",
                                        "Retry-After",
                                        "Set-Cookie",
                                        "TE",
                                        "Trailer",
                                        "Upgrade",
                                        "Transfer-Encoding",
                                        "Vary",
                                        "Via",
                                        "Warning",
                                        "WWW-Authenticate"};
  constexpr std::string_view families[] = {"If-",          "Proxy-",  "Sec-",
                                           "X-Forwarded-", "X-Real-", "Access-Control-"};
  for (const auto family : families) {
    if (iequals(name.substr(0, family.size()), family)) return false;
  }
  return std::none_of(std::begin(never), std::end(never),
                      [&](std::string_view field) { return iequals(field, name); });
}

}  // namespace net
