#include "harness/ladder/lexer.hpp"

#include <charconv>

namespace harness::ladder {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t'; }
bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool is_header(char c) { return is_name(c) || c == '-'; }

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

class scanner {
 public:
  scanner(std::string_view line, std::optional<syntax_error>& error) : line_(line), error_(error) {}

  std::vector<word> words() {
    std::vector<word> all;
    while (!error_) {
      while (at_ < line_.size() && is_space(line_[at_])) ++at_;
      if (at_ >= line_.size() || line_[at_] == '#') break;
      word w = next_word();
      if (!error_) all.push_back(std::move(w));
    }
    return all;
  }

 private:
  word next_word() {
    word w;
    const std::size_t begin = at_;
    w.column = unsigned(begin) + 1;
    take_name(w);
    while (at_ < line_.size() && !is_space(line_[at_]) && !error_) {
      if (line_[at_] == '"') {
        w.quoted = true;
        ++at_;
        w.content.segments.push_back(take_quoted());
      } else {
        w.content.segments.push_back(take_bare());
      }
      if (!error_) take_times(w.content.segments.back(), w.quoted);
    }
    w.text = std::string(line_.substr(begin, at_ - begin));
    return w;
  }

  // `name=` or `name=~`. A '<', '>' or '"' in front of the '=' makes it a value.
  void take_name(word& w) {
    std::size_t end = at_;
    while (end < line_.size() && !is_space(line_[end]) && line_[end] != '"' && line_[end] != '=') {
      ++end;
    }
    if (end == at_ || end >= line_.size() || line_[end] != '=') return;
    w.name = std::string(line_.substr(at_, end - at_));
    at_ = end + 1;
    if (at_ < line_.size() && line_[at_] == '~') {
      w.regex = true;
      ++at_;
    }
  }

  segment take_bare() {
    segment s;
    while (at_ < line_.size() && !is_space(line_[at_]) && line_[at_] != '"') {
      if (line_[at_] == '$') {
        take_variable(s);
      } else {
        text_of(s) += line_[at_++];
      }
    }
    return s;
  }

  segment take_quoted() {
    segment s;
    const std::size_t begin = at_ - 1;
    text_of(s);  // "" is a value, too
    while (!error_) {
      if (at_ >= line_.size()) {
        fail(begin, "expected '\"' at the end of the text that begins here");
      } else if (line_[at_] == '"') {
        ++at_;
        break;
      } else if (line_[at_] == '\\') {
        take_escape(s);
      } else if (line_[at_] == '$') {
        take_variable(s);
      } else {
        text_of(s) += line_[at_++];
      }
    }
    const bool is_empty = s.parts[0].what == part::kind::text && s.parts[0].text.empty();
    if (is_empty && s.parts.size() > 1) s.parts.erase(s.parts.begin());
    return s;
  }

  void take_escape(segment& s) {
    const std::size_t begin = at_++;
    const char c = at_ < line_.size() ? line_[at_++] : ' ';
    constexpr std::string_view plain = "\\\"$";
    constexpr std::string_view letters = "nrt0";
    constexpr std::string_view meant{"\n\r\t\0", 4};
    if (plain.find(c) != plain.npos) {
      text_of(s) += c;
    } else if (const auto i = letters.find(c); i != letters.npos) {
      text_of(s) += meant[i];
    } else if (c == '#') {
      s.parts.push_back({part::kind::index, {}, 0});
    } else if (c == 'x' && at_ + 1 < line_.size() && hex(line_[at_]) >= 0 &&
               hex(line_[at_ + 1]) >= 0) {
      text_of(s) += char(hex(line_[at_]) * 16 + hex(line_[at_ + 1]));
      at_ += 2;
    } else {
      fail(begin, "expected one of \\n \\r \\t \\0 \\\\ \\\" \\$ \\# \\xHH");
    }
  }

  void take_variable(segment& s) {
    const std::size_t begin = at_++;
    const bool braces = at_ < line_.size() && line_[at_] == '{';
    if (braces) ++at_;
    const std::size_t from = at_;
    while (at_ < line_.size() && is_name(line_[at_])) ++at_;
    if (line_.substr(from, at_ - from) == "last" && at_ < line_.size() && line_[at_] == '.') {
      ++at_;
      while (at_ < line_.size() && is_header(line_[at_])) ++at_;
    }
    part p{part::kind::variable, std::string(line_.substr(from, at_ - from)), 0};
    if (p.text.empty()) return fail(begin, "expected the name of a variable behind '$'");
    if (braces) {
      if (at_ >= line_.size() || line_[at_] != '}') return fail(at_, "expected '}'");
      ++at_;
    } else if (p.text == "now" || p.text == "i") {
      take_plus(p);
    }
    s.parts.push_back(std::move(p));
  }

  void take_plus(part& p) {
    if (at_ + 1 >= line_.size() || (line_[at_] != '+' && line_[at_] != '-')) return;
    const char* first = line_.data() + at_ + (line_[at_] == '+' ? 1 : 0);
    const auto [end, bad] = std::from_chars(first, line_.data() + line_.size(), p.plus);
    if (bad == std::errc{}) at_ = std::size_t(end - line_.data());
  }

  void take_times(segment& s, bool quoted) {
    if (!quoted || at_ >= line_.size() || line_[at_] != '*') return;
    const char* first = line_.data() + at_ + 1;
    const auto [end, bad] = std::from_chars(first, line_.data() + line_.size(), s.times);
    if (bad != std::errc{} || s.times > most_times) {
      return fail(at_ + 1, "expected how often the text comes, a number");
    }
    at_ = std::size_t(end - line_.data());
  }

  std::string& text_of(segment& s) {
    if (s.parts.empty() || s.parts.back().what != part::kind::text) s.parts.push_back({});
    return s.parts.back().text;
  }

  void fail(std::size_t at, std::string text) {
    if (!error_) error_ = syntax_error{unsigned(at) + 1, std::move(text)};
  }

  std::string_view line_;
  std::optional<syntax_error>& error_;
  std::size_t at_ = 0;
};

}  // namespace

std::string value::variable() const {
  if (segments.size() != 1 || segments[0].times != 1 || segments[0].parts.size() != 1) return {};
  const part& p = segments[0].parts[0];
  return p.what == part::kind::variable && p.plus == 0 ? p.text : std::string();
}

const char* to_string(transport t) noexcept { return t == transport::tcp ? "tcp" : "ws"; }
const char* to_string(delivery d) noexcept {
  if (d == delivery::written) return "written";
  return d == delivery::split ? "split" : "joined";
}

std::vector<word> split_words(std::string_view line, std::optional<syntax_error>& error) {
  return scanner(line, error).words();
}

std::optional<net::duration> parse_duration(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (bad != std::errc{} || number < 0 || number > longest_time) return std::nullopt;
  const std::string_view unit(end, std::size_t(text.data() + text.size() - end));
  if (unit == "ms") return std::chrono::milliseconds(number);
  if (unit == "s") return std::chrono::seconds(number);
  if (unit == "m") return std::chrono::minutes(number);
  return std::nullopt;
}

}  // namespace harness::ladder
