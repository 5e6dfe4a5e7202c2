#include "gateway/elements/masking.hpp"

#include <algorithm>
#include <cctype>

#include "net/http_types.hpp"

namespace gateway {

namespace {

constexpr std::string_view masked_value = "****";

// Lower case without dashes and underscores: X-Api-Key, apikey and api_key are one name.
std::string squeezed(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (c != '-' && c != '_') out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string decoded(std::string_view name) {
  const auto read = net::parse_form(name);
  return read.empty() ? std::string() : read.front().name;
}

bool is_secret_parameter(std::string_view name) {
  const std::string plain = squeezed(decoded(name));
  for (const std::string_view word :
       {"pass", "pwd", "secret", "token", "apikey", "auth", "credential", "session", "signature"})
    if (plain.find(word) != std::string::npos) return true;
  return plain == "key" || plain == "code" || plain == "sig";
}

std::string mask_user_info(std::string_view text) {
  std::string out;
  const auto scheme = text.find("://");
  if (scheme == text.npos) return std::string(text);
  const auto end = std::min(text.find_first_of("/?#", scheme + 3), text.size());
  const auto at = text.substr(0, end).rfind('@');
  if (at == text.npos || at < scheme + 3) return std::string(text);
  out = text.substr(0, scheme + 3);
  out += masked_value;
  out += text.substr(at);
  return out;
}

}  // namespace

bool is_secret_header(std::string_view name, const secret_names& declared) {
  if (declared.has_field(name)) return true;
  std::string plain = squeezed(name);
  if (plain.starts_with("x")) plain.erase(0, 1);
  for (const std::string_view secret :
       {"authorization", "proxyauthorization", "cookie", "setcookie", "apikey", "apitoken",
        "authtoken", "passcode", "password"})
    if (plain == secret) return true;
  return false;
}

std::string mask_parameters(std::string_view text, const secret_names& declared) {
  const std::string whole = mask_user_info(text);
  const std::string_view rest = whole;
  std::string out;
  std::size_t at = 0;
  while (at < rest.size()) {
    std::size_t end = std::min(rest.find_first_of("?&;#", at), rest.size());
    const std::string_view piece = rest.substr(at, end - at);
    const auto equals = piece.find('=');
    const std::string_view name = piece.substr(0, equals);
    if (equals != piece.npos &&
        (is_secret_parameter(name) || declared.has_parameter(decoded(name)))) {
      out += piece.substr(0, equals + 1);
      out += masked_value;
      // The others may be part of the value.
      end = std::min(rest.find_first_of("&#", at), rest.size());
    } else {
      out += piece;
    }
    if (end < rest.size()) out += rest[end];
    at = end + 1;
  }
  return out;
}

namespace {

bool is_secret_line(std::string_view name) {
  return is_secret_header(name) || is_secret_parameter(name) || squeezed(name) == "login";
}

}  // namespace

std::string line_masker::mask(std::string_view piece, bool ends_message) {
  constexpr std::size_t longest_name = 64;
  std::string out;
  for (const char c : piece) {
    if (c == '\n' || c == '\0') {
      state_ = state::name;
      name_.clear();
      fresh_ = 0;
      out += c;
    } else if (state_ == state::name && c == ':') {
      const bool secret = is_secret_line(name_) || is_secret_line(name_.substr(fresh_));
      state_ = secret ? state::secret : state::value;
      out += c;
      if (state_ == state::secret) out += masked_value;
    } else if (state_ != state::secret) {
      if (state_ == state::name && c != ' ' && c != '\t' && c != '\r') name_ += c;
      if (name_.size() > longest_name) state_ = state::value;
      out += c;
    }
  }
  // The next message may go on with this line, or begin one of its own.
  if (ends_message && state_ == state::value) {
    state_ = state::name;
    name_.clear();
  }
  if (ends_message) fresh_ = name_.size();
  return out;
}

}  // namespace gateway
