#include "gateway/config/diagnostics.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "gateway/core/text.hpp"
#include "net/http_types.hpp"

namespace gateway {

namespace {

constexpr std::size_t max_errors = 100;
constexpr std::size_t max_before_caret = 80;  // characters
constexpr std::size_t max_after_caret = 40;

struct range {
  std::size_t begin = 0;
  std::size_t end = 0;
};

bool is_name_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.' ||
         c == ':';
}

// Misspelled names count too: their value is a secret all the same.
bool names_a_secret(std::string_view name) {
  static constexpr std::array<std::string_view, 8> words = {
      "pass", "pwd", "secret", "token", "credential", "passphrase", "apikey", "authorization"};
  static constexpr std::array<std::string_view, 3> whole = {"password", "keyPassword", "passcode"};
  if (name.size() > 64) return false;
  std::string lower(name);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const std::string_view word : words)
    if (lower.find(word) != std::string::npos) return true;
  return !nearest_name(name, whole).empty();
}

// The name without prefix of the element whose tag holds the octet at `at`.
std::string_view element_around(std::string_view text, std::size_t at) {
  const std::size_t open = text.rfind('<', at);
  if (open == text.npos) return {};
  std::size_t end = open + 1;
  while (end < at && is_name_char(text[end])) ++end;
  const std::string_view name = text.substr(open + 1, end - open - 1);
  return name.substr(name.rfind(':') + 1);
}

// <secret value="...">, of <apiKey>.
bool is_api_key(std::string_view text, std::size_t begin, std::size_t end) {
  return text.substr(begin, end - begin) == "value" && element_around(text, begin) == "secret";
}

// Value of the assignment whose '=' is at `equals`, when its name looks like a secret's.
range secret_value(std::string_view text, std::size_t equals) {
  std::size_t end = equals;
  while (end > 0 && std::isspace(static_cast<unsigned char>(text[end - 1]))) --end;
  std::size_t begin = end;
  while (begin > 0 && is_name_char(text[begin - 1])) --begin;
  if (begin == end) return {};
  if (!names_a_secret(text.substr(begin, end - begin)) && !is_api_key(text, begin, end)) return {};
  std::size_t value = equals + 1;
  while (value < text.size() && std::isspace(static_cast<unsigned char>(text[value]))) ++value;
  if (value == text.size()) return {};
  const char quote = text[value];
  const bool quoted = quote == '"' || quote == '\'';
  const range found =
      quoted ? range{value + 1, std::min(text.find(quote, value + 1), text.size())}
             : range{value, std::min(text.find_first_of(" \t\r\n/>", value), text.size())};
  // As of <cors credentials>.
  const std::string_view word = text.substr(found.begin, found.end - found.begin);
  return word == "true" || word == "false" ? range{} : found;
}

// Texts of <private> and <prefix:private>, which hold keys.
void add_private_texts(std::string_view text, std::vector<range>& to) {
  constexpr std::string_view name = "private";
  for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
    std::size_t tag = at;
    while (tag > 0 && is_name_char(text[tag - 1])) --tag;
    if (tag == 0 || text[tag - 1] != '<' || (tag < at && text[at - 1] != ':')) continue;
    const std::size_t close = text.find('>', at);
    if (close == text.npos) return;
    if (is_name_char(text[at + name.size()]) || text[close - 1] == '/') continue;
    to.push_back({close + 1, std::min(text.find("</", close), text.size())});
    at = to.back().end;
  }
}

// All octets that must not be shown, in order of their begin.
std::vector<range> secret_ranges(std::string_view text) {
  std::vector<range> found;
  for (std::size_t at = text.find('='); at != text.npos; at = text.find('=', at + 1))
    if (const range r = secret_value(text, at); r.begin < r.end) found.push_back(r);
  for (std::size_t at = text.find("://"); at != text.npos; at = text.find("://", at + 3)) {
    const std::size_t end = std::min(text.find_first_of("/?#\"'<> \t\r\n", at + 3), text.size());
    const std::size_t sign = text.substr(0, end).rfind('@');
    if (sign != text.npos && sign > at + 3) found.push_back({at + 3, sign});
  }
  for (std::size_t at = text.find("-----BEGIN"); at != text.npos;
       at = text.find("-----BEGIN", at + 1))
    found.push_back({at, std::min(text.find('<', at), text.size())});
  add_private_texts(text, found);
  std::sort(found.begin(), found.end(), [](range a, range b) { return a.begin < b.begin; });
  return found;
}

// text[begin, end) with each secret as ***, control characters as they may stand in a terminal.
std::string masked(std::string_view text, std::size_t begin, std::size_t end,
                   const std::vector<range>& secrets) {
  std::string out;
  std::size_t at = begin;
  for (const range& r : secrets) {
    if (r.end <= at || r.begin >= end) continue;
    if (r.begin > at) out += text.substr(at, r.begin - at);
    // A secret that began before this piece was announced there.
    if (r.begin >= begin || begin == at) out += "***";
    at = std::min(r.end, end);
  }
  out += text.substr(at, end - at);
  std::replace(out.begin(), out.end(), '\t', ' ');
  return printable(out, out.size());
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

// The last (or first) `limit` characters of `text`, with "..." where something was left out.
std::string tail(const std::string& text, std::size_t limit) {
  std::size_t left = characters(text);
  if (left <= limit) return text;
  std::size_t at = 0;
  for (; left > limit; --left) at += std::max<std::size_t>(1, utf8_sequence(text.substr(at, 4)));
  return "..." + text.substr(at);
}

std::size_t offset_of(std::string_view text, source_position where) {
  std::size_t at = 0;
  for (std::uint32_t line = 1; line < where.line; ++line) {
    const std::size_t end = text.find('\n', at);
    if (end == text.npos) return text.size();
    at = end + 1;
  }
  for (std::uint32_t column = 1; column < where.column && at < text.size() && text[at] != '\n';
       ++column)
    at += std::max<std::size_t>(1, utf8_sequence(text.substr(at)));
  return std::min(at, text.size());
}

}  // namespace

source_position position_of(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const std::size_t line_start = before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1;
  source_position p;
  p.line = static_cast<std::uint32_t>(1 + std::count(before.begin(), before.end(), '\n'));
  p.column = 1;
  for (std::size_t at = line_start; at < offset; ++p.column)
    at += std::max<std::size_t>(1, utf8_sequence(text.substr(at)));
  return p;
}

namespace {

std::string render(std::string_view file_name, std::string_view text, source_position where,
                   std::string_view message, const std::vector<range>& secrets) {
  std::string out(file_name);
  if (where.line == 0) return out + ": " + std::string(message);
  out += ":" + std::to_string(where.line) + ":" + std::to_string(where.column) + ": ";
  out += message;
  const std::size_t at = offset_of(text, where);
  const std::size_t previous = at == 0 ? text.npos : text.rfind('\n', at - 1);
  const std::size_t begin = previous == text.npos ? 0 : previous + 1;
  std::size_t end = std::min(text.find('\n', at), text.size());
  if (end > at && text[end - 1] == '\r') --end;
  const std::string before = tail(masked(text, begin, at, secrets), max_before_caret);
  const std::string behind = masked(text, at, end, secrets);
  // A caret inside a secret must not print it a second time.
  out += "\n" + before + printable(behind, max_after_caret) + "\n";
  return out + std::string(characters(before), ' ') + "^";
}

}  // namespace

std::string render_message(std::string_view file_name, std::string_view text, source_position where,
                           std::string_view message) {
  return render(file_name, text, where, message, secret_ranges(text));
}

source_position diagnostics::position(std::size_t offset) {
  offset = std::min(offset, text_.size());
  if (offset < last_offset_) return position_of(text_, offset);
  while (last_offset_ < offset) {
    if (text_[last_offset_] == '\n') {
      ++last_position_.line;
      last_position_.column = 1;
      ++last_offset_;
    } else {
      ++last_position_.column;
      last_offset_ += std::max<std::size_t>(1, utf8_sequence(text_.substr(last_offset_)));
    }
  }
  return last_position_;
}

void diagnostics::add(std::size_t offset, std::string message) {
  errors_.emplace_back(offset, std::move(message));
}

std::vector<std::string> diagnostics::rendered() const {
  auto sorted = errors_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  if (sorted.empty()) return {};
  std::vector<std::string> out;
  const auto secrets = secret_ranges(text_);
  for (const auto& [offset, message] : sorted) {
    if (out.size() == max_errors) {
      out.push_back(std::string(file_name_) + ": " + std::to_string(sorted.size() - max_errors) +
                    " more errors");
      break;
    }
    out.push_back(render(file_name_, text_, position_of(text_, offset), message, secrets));
  }
  return out;
}

}  // namespace gateway
