#include "harness/ladder/tokens.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace harness::ladder {
namespace {

constexpr std::size_t most_repeats = 200'000;
constexpr std::size_t longest_text = 4'000'000;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Reads one line; stops at the first thing it cannot read and keeps the reason.
class line_reader {
 public:
  line_reader(std::string_view line, place at) : line_(line), at_(at) {}

  std::variant<std::vector<token>, parse_error> read() {
    std::vector<token> tokens;
    for (skip_blanks(); !at_end() && line_[next_] != '#'; skip_blanks()) {
      tokens.push_back(read_token());
      if (!error_.message.empty()) return error_;
      if (!at_end() && !is_blank(line_[next_])) return fail("expected a blank here");
    }
    return tokens;
  }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t'; }
  bool at_end() const { return next_ >= line_.size(); }
  place here() const { return {at_.line, at_.column + next_}; }
  void skip_blanks() {
    while (!at_end() && is_blank(line_[next_])) ++next_;
  }
  const parse_error& fail(std::string message) {
    if (error_.message.empty()) error_ = {{}, here(), std::move(message)};
    return error_;
  }

  token read_token() {
    token t;
    t.at = here();
    t.quoted = line_[next_] == '"';
    if (t.quoted) {
      t.text = read_quoted();
      if (starts_with_operator()) read_value(t);
      return t;
    }
    const std::size_t start = next_;
    while (!at_end() && !is_blank(line_[next_]) && line_[next_] != '=') ++next_;
    if (!at_end() && line_[next_] == '=' && next_ > start) {
      if (line_[next_ - 1] == '~' || line_[next_ - 1] == '@') --next_;
      t.text = line_.substr(start, next_ - start);
      read_value(t);
      return t;
    }
    while (!at_end() && !is_blank(line_[next_])) ++next_;
    t.text = line_.substr(start, next_ - start);
    return t;
  }

  bool starts_with_operator() const {
    const auto rest = line_.substr(std::min(next_, line_.size()));
    return rest.starts_with('=') || rest.starts_with("~=") || rest.starts_with("@=");
  }

  void read_value(token& t) {
    t.what = token::kind::field;
    t.op = line_[next_] == '=' ? "=" : std::string(line_.substr(next_, 2));
    next_ += t.op.size();
    t.value_at = here();
    t.value_quoted = !at_end() && line_[next_] == '"';
    if (t.value_quoted) {
      t.value = read_quoted();
      return;
    }
    const std::size_t start = next_;
    while (!at_end() && !is_blank(line_[next_])) ++next_;
    t.value = line_.substr(start, next_ - start);
  }

  std::string read_quoted() {
    ++next_;
    std::string out;
    while (error_.message.empty()) {
      if (at_end()) return fail("expected '\"' before the end of the line"), out;
      const char c = line_[next_++];
      if (c == '"') break;
      if (c == '\\') {
        read_escape(out);
      } else {
        out += c;
      }
    }
    return out;
  }

  void read_escape(std::string& out) {
    const char c = at_end() ? ' ' : line_[next_++];
    switch (c) {
      case 'n':
        out += '\n';
        return;
      case 'r':
        out += '\r';
        return;
      case 't':
        out += '\t';
        return;
      case '0':
        out += '\0';
        return;
      case '\\':
      case '"':
        out += c;
        return;
      case '#':
        out += std::to_string(index_);
        return;
      case 'x':
        return read_hex(out);
      case '{':
        return read_repeat(out);
      default:
        --next_;
        fail("expected one of n r t 0 \\ \" # x { after the backslash");
    }
  }

  void read_hex(std::string& out) {
    const int high = at_end() ? -1 : hex_digit(line_[next_]);
    const int low = next_ + 1 < line_.size() ? hex_digit(line_[next_ + 1]) : -1;
    if (high < 0 || low < 0) {
      fail("expected two hexadecimal digits after \\x");
      return;
    }
    out += static_cast<char>(high * 16 + low);
    next_ += 2;
  }

  // \{COUNT*TEXT}: TEXT again and again; \# in it is the number of the turn, from 0.
  void read_repeat(std::string& out) {
    std::size_t count = 0;
    const std::size_t digits = next_;
    while (!at_end() && line_[next_] >= '0' && line_[next_] <= '9' && count <= most_repeats) {
      count = count * 10 + static_cast<std::size_t>(line_[next_++] - '0');
    }
    if (next_ == digits || at_end() || line_[next_] != '*' || count > most_repeats) {
      fail("expected COUNT*TEXT} with a COUNT of at most " + std::to_string(most_repeats));
      return;
    }
    const std::size_t start = ++next_;
    const std::size_t outer = index_;
    for (index_ = 0; index_ < std::max<std::size_t>(count, 1); ++index_) {
      next_ = start;
      std::string turn;
      while (!at_end() && line_[next_] != '}' && error_.message.empty()) {
        const char c = line_[next_++];
        if (c == '\\') {
          read_escape(turn);
        } else {
          turn += c;
        }
      }
      if (count != 0) out += turn;
      if (out.size() > longest_text) fail("the text is too long");
      if (!error_.message.empty()) return;
    }
    index_ = outer;
    if (at_end()) {
      fail("expected '}' before the end of the line");
      return;
    }
    ++next_;
  }

  std::string_view line_;
  place at_;
  std::size_t next_ = 0;
  std::size_t index_ = 0;
  parse_error error_;
};

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t swap = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, swap}));
    }
  }
  return row.back();
}

}  // namespace

std::variant<std::vector<token>, parse_error> split_line(std::string_view line, place at) {
  return line_reader(line, at).read();
}

std::string nearest(std::string_view word, const std::vector<std::string_view>& known) {
  std::string best;
  std::size_t least = 3;
  for (const auto candidate : known) {
    const std::size_t d = distance(word, candidate);
    if (d < least && d < candidate.size()) {
      least = d;
      best = candidate;
    }
  }
  return best;
}

}  // namespace harness::ladder
