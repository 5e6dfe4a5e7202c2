#include <algorithm>
#include <charconv>
#include <optional>

#include "harness/ladder/ladder.hpp"

namespace harness::ladder {
namespace {

constexpr std::size_t largest_text = 1024 * 1024;
constexpr std::size_t most_rows = 10000;

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The nearest of `words` to `given`, or empty when none is near.
std::string_view nearest(std::string_view given, std::initializer_list<std::string_view> words) {
  std::string_view best;
  std::size_t best_cost = 3;
  for (const std::string_view word : words) {
    std::vector<std::size_t> costs(word.size() + 1);
    for (std::size_t j = 0; j <= word.size(); ++j) costs[j] = j;
    for (std::size_t i = 1; i <= given.size(); ++i) {
      std::size_t diagonal = costs[0];
      costs[0] = i;
      for (std::size_t j = 1; j <= word.size(); ++j) {
        const std::size_t change = diagonal + (given[i - 1] == word[j - 1] ? 0 : 1);
        diagonal = costs[j];
        costs[j] = std::min({costs[j] + 1, costs[j - 1] + 1, change});
      }
    }
    if (costs.back() < best_cost) {
      best_cost = costs.back();
      best = word;
    }
  }
  return best;
}

class reader {
 public:
  reader(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  std::variant<std::vector<row>, parse_error> read() {
    if (text_.size() > largest_text) return parse_error{std::string(file_) + ": above 1 MiB"};
    std::size_t from = 0;
    while (from < text_.size() && !wrong_) {
      const std::size_t end = std::min(text_.find('\n', from), text_.size());
      line_ = text_.substr(from, end - from);
      ++number_;
      at_ = 0;
      read_line();
      from = end + 1;
    }
    if (wrong_) return parse_error{*wrong_};
    return std::move(rows_);
  }

 private:
  bool fail(std::size_t column, std::string_view what) {
    if (wrong_) return false;
    wrong_ = std::string(file_) + ":" + std::to_string(number_) + ":" + std::to_string(column + 1) +
             ": " + std::string(what) + "\n" + std::string(line_) + "\n" +
             std::string(column, ' ') + "^\n";
    return false;
  }

  void skip_blanks() {
    while (at_ < line_.size() && (line_[at_] == ' ' || line_[at_] == '\t')) ++at_;
  }
  bool at_end() {
    skip_blanks();
    return at_ >= line_.size() || line_[at_] == '#';
  }
  std::string_view word() {
    skip_blanks();
    const std::size_t from = at_;
    while (at_ < line_.size() && line_[at_] != ' ' && line_[at_] != '\t') ++at_;
    return line_.substr(from, at_ - from);
  }

  // "...", with \n \r \t \0 \" \\ and \xHH.
  bool quoted(std::string& out) {
    const std::size_t from = at_++;
    while (at_ < line_.size() && line_[at_] != '"') {
      char c = line_[at_++];
      if (c == '\\') {
        if (at_ >= line_.size()) break;
        switch (c = line_[at_++]) {
          case 'n':
            c = '\n';
            break;
          case 'r':
            c = '\r';
            break;
          case 't':
            c = '\t';
            break;
          case '0':
            c = '\0';
            break;
          case 'x': {
            const int high = at_ + 1 < line_.size() ? hex_digit(line_[at_]) : -1;
            const int low = high >= 0 ? hex_digit(line_[at_ + 1]) : -1;
            if (low < 0) return fail(at_ - 2, "\\x needs two hexadecimal digits");
            c = static_cast<char>(high * 16 + low);
            at_ += 2;
            break;
          }
          case '"':
          case '\\':
            break;
          default:
            return fail(at_ - 2, "unknown escape (expected \\n \\r \\t \\0 \\\" \\\\ or \\xHH)");
        }
      }
      out += c;
    }
    if (at_ >= line_.size()) return fail(from, "text without its closing quote");
    ++at_;
    return true;
  }

  // A name or value: quoted, or up to a blank or one of `stops`.
  bool item(std::string& out, std::string_view stops) {
    if (at_ < line_.size() && line_[at_] == '"') return quoted(out);
    while (at_ < line_.size() && line_[at_] != ' ' && line_[at_] != '\t' &&
           stops.find(line_[at_]) == std::string_view::npos) {
      out += line_[at_++];
    }
    return true;
  }

  bool read_frame(wire_frame& f) {
    skip_blanks();
    if (at_end()) return fail(at_, "a frame needs its command");
    if (!item(f.command, "")) return false;
    while (!at_end()) {
      const bool is_quoted = line_[at_] == '"';
      wire_header h;
      if (!item(h.name, "=")) return false;
      if (at_ >= line_.size() || line_[at_] != '=') {
        h.has_colon = false;
      } else {
        ++at_;
        if (!item(h.value, "")) return false;
      }
      if (h.name == "body" && !is_quoted && h.has_colon) {
        f.body = std::move(h.value);
      } else {
        f.headers.push_back(std::move(h));
      }
    }
    return true;
  }

  bool read_number(unsigned& out, std::string_view text, std::size_t column) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error == std::errc{} && end == text.data() + text.size()) return true;
    return fail(column, "not a number");
  }

  bool read_step(std::string_view who, std::size_t column) {
    if (rows_.empty()) return fail(column, "a step before the first 'case'");
    step s;
    s.who = who;
    s.line = number_;
    skip_blanks();
    const std::size_t verb_column = at_;
    const std::string_view verb = word();
    using kind = step::kind;
    if (verb == ">") {
      s.what = kind::send;
      if (!read_frame(s.frame)) return false;
    } else if (verb == "<" || verb == "~") {
      s.what = kind::expect;
      s.any_order = verb == "~";
      if (!read_frame(s.frame)) return false;
    } else if (verb == ">>" || verb == ">b") {
      s.what = verb == ">>" ? kind::send_text : kind::send_binary;
      skip_blanks();
      if (at_ >= line_.size() || line_[at_] != '"') return fail(at_, "expected \"octets\"");
      if (!quoted(s.octets)) return false;
    } else if (verb == "close") {
      s.what = kind::close;
    } else if (verb == "wait") {
      s.what = kind::wait;
      skip_blanks();
      const std::size_t from = at_;
      std::string_view time = word();
      if (!time.ends_with("ms")) return fail(from, "expected a time like 500ms");
      time.remove_suffix(2);
      if (!read_number(s.milliseconds, time, from)) return false;
    } else if (verb == "open") {
      s.what = kind::is_open;
    } else if (verb == "closed") {
      s.what = kind::is_closed;
      skip_blanks();
      const std::size_t from = at_;
      if (!at_end() && !read_number(s.code, word(), from)) return false;
    } else {
      const auto near = nearest(verb, {"close", "closed", "open", "wait"});
      return fail(verb_column, "unknown step '" + std::string(verb) + "'" +
                                   (near.empty() ? std::string(" (expected > >> >b < ~ close wait "
                                                               "open closed)")
                                                 : "; did you mean '" + std::string(near) + "'?"));
    }
    if (!at_end()) return fail(at_, "nothing more was expected on this line");
    rows_.back().steps.push_back(std::move(s));
    return true;
  }

  bool read_words(std::set<std::string>& out) {
    out.clear();
    while (!at_end()) out.emplace(word());
    return out.empty() ? fail(at_, "expected at least one word") : true;
  }

  bool read_transports(std::set<transport>& out) {
    out.clear();
    while (!at_end()) {
      const std::size_t from = at_;
      const std::string_view name = word();
      if (name != "tcp" && name != "ws")
        return fail(from, "unknown transport (expected tcp or ws)");
      out.insert(name == "tcp" ? transport::tcp : transport::ws);
    }
    return out.empty() ? fail(at_, "expected tcp or ws") : true;
  }

  bool read_case() {
    skip_blanks();
    const std::size_t from = at_;
    const std::string name(word());
    if (name.empty()) return fail(at_, "a case needs a name");
    if (!names_.insert(name).second) return fail(from, "a second case of this name");
    if (rows_.size() >= most_rows) return fail(from, "more than 10000 cases");
    row r = defaults_;
    r.name = name;
    r.line = number_;
    rows_.push_back(std::move(r));
    return at_end() ? true : fail(at_, "nothing more was expected on this line");
  }

  bool read_cites(row& r) {
    std::string text;
    skip_blanks();
    text = line_.substr(at_);
    at_ = line_.size();
    if (text.empty()) return fail(at_, "cites needs a rule or fact");
    if (&r == &defaults_) r.cites.clear();
    r.cites.push_back(std::move(text));
    return true;
  }

  bool read_line() {
    if (at_end()) return true;
    const std::size_t column = at_;
    // Words without indent set what the cases that follow have; with indent, what this one has.
    row& r = column > 0 && !rows_.empty() ? rows_.back() : defaults_;
    const std::string_view first = word();
    if (first == "case") return read_case();
    if (first == "cites") return read_cites(r);
    if (first == "profile") return read_words(r.profiles);
    if (first == "on") return read_transports(r.on);
    if (first == "label") return read_words(r.labels);
    return read_step(first, column);
  }

  std::string_view text_;
  std::string_view file_;
  std::string_view line_;
  std::size_t number_ = 0;
  std::size_t at_ = 0;
  row defaults_;
  std::vector<row> rows_;
  std::set<std::string> names_;
  std::optional<std::string> wrong_;
};

// A text as item() reads it back.
std::string quote(std::string_view text, bool always = false) {
  constexpr char digits[] = "0123456789abcdef";
  const bool plain = !text.empty() && std::ranges::all_of(text, [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7F &&
           c != '"' && c != '\\' && c != '#' && c != '=';
  });
  if (plain && !always) return std::string(text);
  std::string out = "\"";
  for (char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\0') {
      out += "\\0";
    } else if (c == '"' || c == '\\') {
      out.append("\\") += c;
    } else if (octet < 0x20 || octet == 0x7F) {
      out.append("\\x") += digits[octet >> 4U];
      out += digits[octet & 0x0FU];
    } else {
      out += c;
    }
  }
  return out += '"';
}

}  // namespace

std::variant<std::vector<row>, parse_error> parse(std::string_view text, std::string_view file) {
  return reader(text, file).read();
}

std::string_view to_string(transport t) noexcept { return t == transport::tcp ? "tcp" : "ws"; }

std::string to_text(const wire_frame& f, std::size_t limit) {
  std::string out = quote(f.command);
  for (const auto& h : f.headers) {
    out += ' ' + quote(h.name, h.name == "body");
    if (h.has_colon) out += '=' + (h.value.empty() ? std::string("\"\"") : quote(h.value));
  }
  if (!f.body.empty()) out += " body=" + quote(f.body);
  if (limit != 0 && out.size() > limit) out = out.substr(0, limit) + "...";
  return out;
}

std::string to_line(const step& s) {
  using kind = step::kind;
  switch (s.what) {
    case kind::send:
      return s.who + " > " + to_text(s.frame);
    case kind::send_text:
      return s.who + " >> " + quote(s.octets, true);
    case kind::send_binary:
      return s.who + " >b " + quote(s.octets, true);
    case kind::expect:
      return s.who + (s.any_order ? " ~ " : " < ") + to_text(s.frame);
    case kind::close:
      return s.who + " close";
    case kind::wait:
      return s.who + " wait " + std::to_string(s.milliseconds) + "ms";
    case kind::is_open:
      return s.who + " open";
    case kind::is_closed:
      return s.who + " closed" + (s.code == 0 ? "" : " " + std::to_string(s.code));
  }
  return {};
}

}  // namespace harness::ladder
