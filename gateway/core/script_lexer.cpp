#include "gateway/core/script_lexer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "gateway/core/text.hpp"

namespace gateway::script_code {

namespace {

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }

[[noreturn]] void fail(std::size_t offset, std::string message) {
  throw expression_error{offset, std::move(message)};
}

}  // namespace

std::size_t closing_brace(std::string_view text, std::size_t at) {
  std::size_t open = 0;
  char quote = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != 0 && c == '\\')
      ++at;
    else if (quote != 0)
      quote = c == quote ? '\0' : quote;
    else if (c == '\'' || c == '"')
      quote = c;
    else if (c == '{')
      ++open;
    else if (c == '}' && open-- == 0)
      return at;
  }
  return text.npos;
}

token lexer::next() {
  token t;
  skip_blanks(t);
  t.offset = at_;
  if (at_ == text_.size()) return t;
  const char c = text_[at_];
  if (is_name_start(c)) return read_name(std::move(t));
  if (is_digit(c)) return read_number(std::move(t));
  if (c == '\'' || c == '"') {
    return language_ == dialect::spel ? read_spel_text(std::move(t), c)
                                      : read_groovy_text(std::move(t), c);
  }
  return read_symbol(std::move(t));
}

void lexer::skip_blanks(token& t) {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '\n') t.line_before = true;
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
      ++at_;
    else if (language_ != dialect::groovy || !skip_comment(t))
      return;
  }
}

bool lexer::skip_comment(token& t) {
  const std::string_view rest = text_.substr(at_);
  if (rest.starts_with("//")) {
    at_ = std::min(text_.find('\n', at_), text_.size());
    return true;
  }
  if (!rest.starts_with("/*")) return false;
  const auto end = text_.find("*/", at_ + 2);
  if (end == text_.npos) fail(at_, "this comment is not closed (*/ is missing)");
  t.line_before |= text_.substr(at_, end - at_).find('\n') != text_.npos;
  at_ = end + 2;
  return true;
}

token lexer::read_name(token t) {
  t.kind = token_kind::name;
  while (at_ < text_.size() && (is_name_start(text_[at_]) || is_digit(text_[at_])))
    t.text += text_[at_++];
  return t;
}

token lexer::read_number(token t) {
  t.kind = token_kind::number;
  const char* end = text_.data() + text_.size();
  const auto read = std::from_chars(text_.data() + at_, end, t.number, std::chars_format::fixed);
  if (read.ec != std::errc{}) fail(at_, "this number is out of range");
  at_ = static_cast<std::size_t>(read.ptr - text_.data());
  return t;
}

// SpEL: a quote is written twice within its own kind; a backslash is a character like others.
token lexer::read_spel_text(token t, char quote) {
  t.kind = token_kind::text;
  for (++at_; at_ < text_.size(); ++at_) {
    if (text_[at_] == quote) {
      if (at_ + 1 == text_.size() || text_[at_ + 1] != quote) break;
      ++at_;
    }
    t.text += text_[at_];
  }
  if (at_ == text_.size())
    fail(t.offset, "this text has no closing quote (" + std::string(1, quote) + ")");
  ++at_;
  return t;
}

token lexer::read_groovy_text(token t, char quote) {
  t.kind = token_kind::text;
  if (text_.substr(at_).starts_with(std::string(3, quote)))
    fail(at_, "texts of several lines (three quotes) are not supported here");
  for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
    if (text_[at_] == '\n') break;
    if (text_[at_] == '\\') {
      read_escape(t.text);
    } else if (quote == '"' && text_.substr(at_).starts_with("${")) {
      const auto end = end_of_part(at_);
      t.kind = token_kind::template_;
      t.parts.push_back({true, std::move(t.text), 0, 0});
      t.text.clear();
      t.parts.push_back({false, {}, at_ + 2, end});
      at_ = end;
    } else if (quote == '"' && text_[at_] == '$' && at_ + 1 < text_.size() &&
               is_name_start(text_[at_ + 1])) {
      fail(at_, "'$' before a name must be written with braces, as in \"${name}\"");
    } else {
      t.text += text_[at_];
    }
  }
  if (at_ == text_.size() || text_[at_] == '\n')
    fail(t.offset, "this text has no closing quote (" + std::string(1, quote) + ")");
  ++at_;
  if (t.kind == token_kind::template_) t.parts.push_back({true, std::move(t.text), 0, 0});
  return t;
}

std::size_t lexer::end_of_part(std::size_t open) const {
  const auto end = closing_brace(text_, open + 2);
  if (end == text_.npos) fail(open, "'${' has no '}'");
  return end;
}

void lexer::read_escape(std::string& out) {
  constexpr std::string_view names = "\\'\"nrt$";
  constexpr std::string_view values = "\\'\"\n\r\t$";
  const std::size_t start = at_++;
  const auto i = at_ < text_.size() ? names.find(text_[at_]) : names.npos;
  if (i == names.npos) fail(start, "only \\\\ \\' \\\" \\$ \\n \\r \\t may follow a backslash");
  out += values[i];
}

token lexer::pattern_behind(const token& slash) {
  token t;
  t.kind = token_kind::pattern;
  t.offset = slash.offset;
  for (; at_ < text_.size() && text_[at_] != '/' && text_[at_] != '\n'; ++at_) {
    if (text_.substr(at_).starts_with("\\/")) ++at_;
    t.text += text_[at_];
  }
  if (at_ == text_.size() || text_[at_] != '/') fail(slash.offset, "this pattern has no closing /");
  ++at_;
  return t;
}

token lexer::read_symbol(token t) {
  static constexpr std::array symbols = {
      "==~", "=~", "==", "!=", "<=", ">=", "&&", "||", "?.", "?:", "->", "++", "--",
      "+=",  "-=", "*.", "<",  ">",  "!",  "(",  ")",  "[",  "]",  ".",  ",",  "=",
      "&",   "|",  "+",  "-",  "*",  "/",  "%",  "?",  ":",  ";",  "{",  "}",  "@"};
  t.kind = token_kind::symbol;
  for (const std::string_view s : symbols) {
    if (!text_.substr(at_).starts_with(s)) continue;
    t.text = s;
    at_ += s.size();
    return t;
  }
  const std::size_t size = std::max<std::size_t>(1, utf8_sequence(text_.substr(at_)));
  fail(at_, "unexpected character '" + printable(text_.substr(at_, size)) + "'");
}

}  // namespace gateway::script_code
