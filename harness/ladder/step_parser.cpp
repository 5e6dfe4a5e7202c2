#include "harness/ladder/step_parser.hpp"

#include <algorithm>
#include <charconv>

namespace harness::ladder {
namespace {

using words_type = std::vector<token>;

parse_error error_at(place at, std::string message) { return {{}, at, std::move(message)}; }

std::string quote(std::string_view word) { return "'" + std::string(word) + "'"; }

std::string found_instead(const token& t, const std::vector<std::string_view>& known) {
  std::string text = "found " + quote(t.text);
  if (const auto near = nearest(t.text, known); !near.empty()) {
    text += "; did you mean " + quote(near) + "?";
  }
  return text;
}

std::string list(const std::vector<std::string_view>& names) {
  std::string text;
  for (const auto n : names) text += (text.empty() ? "" : ", ") + std::string(n);
  return text;
}

bool is_word(const token& t, std::string_view text) {
  return t.what == token::kind::word && !t.quoted && t.text == text;
}

// "500ms", "2s", "1.5s".
std::optional<std::chrono::milliseconds> read_duration(std::string_view text) {
  double scale = 0;
  if (text.ends_with("ms")) {
    scale = 1;
    text.remove_suffix(2);
  } else if (text.ends_with('s')) {
    scale = 1000;
    text.remove_suffix(1);
  }
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (scale == 0 || error != std::errc{} || end != text.data() + text.size() || number < 0 ||
      number * scale > 3.6e6) {
    return std::nullopt;
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(number * scale));
}

std::optional<window> read_window(std::string_view text) {
  window w;
  const auto dots = text.find("..");
  const auto last = dots == text.npos ? text : text.substr(dots + 2);
  const auto to = read_duration(last);
  std::optional<std::chrono::milliseconds> from = std::chrono::milliseconds(0);
  if (dots != text.npos) from = read_duration(text.substr(0, dots));
  if (!from || !to || *from > *to) return std::nullopt;
  w.from = *from;
  w.to = *to;
  return w;
}

// One line's step in the making.
class step_reader {
 public:
  step_reader(words_type words, std::string_view source) : words_(std::move(words)) {
    step_.at = words_.front().at;
    step_.source = source;
  }

  std::variant<std::vector<step>, parse_error> read() {
    take_suffixes();
    if (!error_) read_kind();
    if (error_) return *error_;
    std::vector<step> steps = std::move(before_);
    steps.push_back(std::move(step_));
    return steps;
  }

 private:
  void fail(place at, std::string message) {
    if (!error_) error_ = error_at(at, std::move(message));
  }

  // `eventually`, `within SPAN` and `at SPAN` stand at the end.
  void take_suffixes() {
    while (words_.size() > 1) {
      if (is_word(words_.back(), "eventually")) {
        step_.skips_others = true;
        words_.pop_back();
        continue;
      }
      const token& key = words_[words_.size() - 2];
      if (words_.size() < 3 || !(is_word(key, "within") || is_word(key, "at"))) return;
      step_.span = read_window(words_.back().text);
      if (!step_.span) {
        return fail(words_.back().at,
                    "expected a time as 500ms, 2s or 1s..2s, found " + quote(words_.back().text));
      }
      step_.span->since_start = key.text == "at";
      words_.resize(words_.size() - 2);
    }
  }

  void read_kind() {
    const std::string& first = words_.front().text;
    if (first == ">") return read_write();
    if (first == "<") return read_expected();
    if (first == "conn") return read_connection();
    if (first == "connect") return read_connect();
    if (first == "never") return read_pattern(step_kind::expect_never, 1);
    if (first == "expect") return read_expect();
    if (first == "wait") return read_wait();
    if (first == "drop") return read_bare(step_kind::drop);
  }

  bool needs(std::size_t count, std::string_view what) {
    if (words_.size() > count) return true;
    const token& last = words_.back();
    fail({last.at.line, last.at.column + last.text.size()}, "expected " + std::string(what));
    return false;
  }
  void read_bare(step_kind kind, std::size_t count = 1) {
    step_.kind = kind;
    if (words_.size() > count) {
      fail(words_[count].at, "expected the end of the line, found " + quote(words_[count].text));
    }
  }
  void read_text(step_kind kind) {
    if (!needs(2, "a quoted text")) return;
    step_.text = words_[2].text;
    read_bare(kind, 3);
  }
  void read_pattern(step_kind kind, std::size_t from) {
    step_.kind = kind;
    if (!needs(from, "a command")) return;
    const token& command = words_[from];
    if (command.what != token::kind::word) {
      return fail(command.at, "expected a command, found the header " + quote(command.text));
    }
    step_.pattern.command = command.text;
    if (auto e = parse_fields(words_, from + 1, kind != step_kind::write_frame, step_.pattern)) {
      error_ = e;
    }
  }
  bool names_something_else(const token& t) const {
    return !t.quoted && t.what == token::kind::word && t.text[0] >= 'a' && t.text[0] <= 'z';
  }

  void read_write() {
    if (!needs(1, "a command, raw, text, binary, part, ping, beat or close")) return;
    const token& t = words_[1];
    if (!names_something_else(t)) return read_pattern(step_kind::write_frame, 1);
    if (t.text == "raw" || t.text == "text") return read_text(step_kind::write_raw);
    if (t.text == "binary") return read_text(step_kind::write_binary);
    if (t.text == "beat") return read_bare(step_kind::write_beat, 2);
    if (t.text == "close") return read_close();
    if (t.text == "part") return read_part();
    if (t.text == "ping") {
      step_.code = 9;
      return read_text(step_kind::write_part);
    }
    const std::vector<std::string_view> known = {"raw",   "text", "binary", "beat",
                                                 "close", "part", "ping"};
    fail(t.at, "expected a command (quote one in lower case) or one of " + list(known) + ", " +
                   found_instead(t, known));
  }

  void read_close() {
    step_.kind = step_kind::write_close;
    step_.code = 1000;
    if (words_.size() > 2) read_code(words_[2]);
    if (words_.size() > 3) step_.text = words_[3].text;
    if (words_.size() > 4) fail(words_[4].at, "expected the end of the line");
  }
  void read_code(const token& t) {
    const auto [end, error] =
        std::from_chars(t.text.data(), t.text.data() + t.text.size(), step_.code);
    if (error != std::errc{} || end != t.text.data() + t.text.size() || step_.code < 0) {
      fail(t.at, "expected a number, found " + quote(t.text));
    }
  }

  // > part opcode=1 fin=0 rsv=4 masked=0 "text"
  void read_part() {
    step_.kind = step_kind::write_part;
    step_.code = 1;
    for (std::size_t i = 2; i < words_.size(); ++i) {
      const token& t = words_[i];
      if (t.what == token::kind::word) {
        step_.text = t.text;
        continue;
      }
      int number = 0;
      std::from_chars(t.value.data(), t.value.data() + t.value.size(), number);
      if (t.text == "opcode") {
        step_.code = number;
      } else if (t.text == "fin") {
        step_.fin = number != 0;
      } else if (t.text == "rsv") {
        step_.rsv = number;
      } else if (t.text == "masked") {
        step_.masked = number != 0;
      } else {
        const std::vector<std::string_view> known = {"opcode", "fin", "rsv", "masked"};
        return fail(t.at, "expected one of " + list(known) + ", " + found_instead(t, known));
      }
    }
  }

  void read_expected() {
    if (!needs(1, "a command, raw, beat, pong or head")) return;
    const token& t = words_[1];
    if (!names_something_else(t)) return read_pattern(step_kind::expect_frame, 1);
    if (t.text == "raw") return read_text(step_kind::expect_raw);
    if (t.text == "beat") return read_bare(step_kind::expect_beat, 2);
    if (t.text == "pong") return read_text(step_kind::expect_pong);
    if (t.text == "head") {
      read_pattern(step_kind::expect_head, 2);
      if (!error_) read_code(words_[2]);
      return;
    }
    const std::vector<std::string_view> known = {"raw", "beat", "pong", "head"};
    fail(t.at, "expected a command or one of " + list(known) + ", " + found_instead(t, known));
  }

  void read_expect() {
    const std::vector<std::string_view> known = {"close", "open"};
    if (!needs(1, "close or open")) return;
    if (is_word(words_[1], "open")) return read_bare(step_kind::expect_open, 2);
    if (!is_word(words_[1], "close")) {
      return fail(words_[1].at, "expected close or open, " + found_instead(words_[1], known));
    }
    if (words_.size() > 2) read_code(words_[2]);
    read_bare(step_kind::expect_close, 3);
  }

  void read_wait() {
    step_.kind = step_kind::wait;
    if (!needs(1, "a time")) return;
    step_.span = read_window(words_[1].text);
    if (!step_.span) fail(words_[1].at, "expected a time, found " + quote(words_[1].text));
  }

  // conn NAME [offer="v12.stomp"] [path=/x] [http=1] ["Header"=value]
  void read_connection() {
    step_.kind = step_kind::connection;
    if (!needs(1, "a name")) return;
    step_.name = words_[1].text;
    if (auto e = parse_fields(words_, 2, false, step_.pattern)) error_ = e;
  }

  // connect VERSION [headers]: CONNECT, and CONNECTED with that version.
  void read_connect() {
    if (!needs(1, "a version")) return;
    step open = step_;
    open.kind = step_kind::write_frame;
    open.pattern.command = "CONNECT";
    const place at = words_[1].at;
    open.pattern.fields = {{"accept-version", words_[1].text, match::exact, at},
                           {"host", "localhost", match::exact, at}};
    if (auto e = parse_fields(words_, 2, false, open.pattern)) error_ = e;
    before_.push_back(std::move(open));
    step_.kind = step_kind::expect_frame;
    step_.pattern.command = "CONNECTED";
    step_.pattern.fields = {{"version", words_[1].text, match::exact, at}};
  }

  words_type words_;
  step step_;
  std::vector<step> before_;
  std::optional<parse_error> error_;
};

}  // namespace

const std::vector<std::string_view>& step_words() {
  static const std::vector<std::string_view> words = {">",     "<",      "conn", "connect",
                                                      "never", "expect", "wait", "drop"};
  return words;
}

bool begins_step(const token& word) {
  return word.what == token::kind::word && !word.quoted &&
         std::ranges::find(step_words(), word.text) != step_words().end();
}

std::variant<std::vector<step>, parse_error> parse_step(const words_type& words,
                                                        std::string_view source) {
  return step_reader(words, source).read();
}

std::optional<parse_error> parse_fields(const words_type& words, std::size_t from, bool expected,
                                        frame_pattern& into) {
  for (std::size_t i = from; i < words.size(); ++i) {
    const token& t = words[i];
    field f{t.text, t.value, match::exact, t.at};
    if (t.what == token::kind::word) {
      if (!t.quoted && t.text.starts_with('$')) {
        f.how = match::spread;
      } else if (expected && !t.quoted && t.text.starts_with('!') && t.text.size() > 1) {
        f.how = match::absent;
        f.name = t.text.substr(1);
      } else if (expected && is_word(t, "only")) {
        into.only = true;
        continue;
      } else {
        return error_at(t.at, "expected HEADER=VALUE" +
                                  std::string(expected ? ", !HEADER or only" : "") + ", found " +
                                  quote(t.text));
      }
    } else if (t.op != "=") {
      if (!expected) return error_at(t.at, "a written header has '=', not '" + t.op + "'");
      f.how = t.op == "~=" ? match::glob : match::wire;
    } else if (expected && !t.value_quoted && t.value == "*") {
      f.how = match::present;
    }
    if (t.what == token::kind::field && !t.quoted && t.text == "body") {
      into.body = f;
    } else {
      into.fields.push_back(std::move(f));
    }
  }
  return std::nullopt;
}

}  // namespace harness::ladder
