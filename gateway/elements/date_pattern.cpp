#include "gateway/elements/date_pattern.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "gateway/core/text.hpp"

namespace gateway {

namespace {

struct field {
  char letter;
  std::size_t least;
  std::size_t most;
};
constexpr field fields[] = {{'y', 2, 4}, {'M', 1, 3}, {'d', 1, 2}, {'E', 1, 3}, {'H', 1, 2},
                            {'m', 1, 2}, {'s', 1, 2}, {'S', 3, 3}, {'Z', 1, 1}, {'X', 1, 3}};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string padded(long long number, std::size_t width) {
  std::string out = std::to_string(number);
  return std::string(width - std::min(width, out.size()), '0') + out;
}

// Where the text that begins with the quote at `at` ends: behind its last quote; npos without one.
std::size_t end_of_quoted(std::string_view text, std::size_t at, std::string& literal) {
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] != '\'') {
      literal += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '\'') {
      literal += text[i++];
    } else {
      if (i == at + 1) literal += '\'';
      return i + 1;
    }
  }
  return text.npos;
}

}  // namespace

std::variant<date_pattern, expression_error> date_pattern::compile(std::string_view text) {
  date_pattern made;
  for (std::size_t at = 0; at < text.size();) {
    piece p;
    const char c = text[at];
    if (c == '\'') {
      const auto end = end_of_quoted(text, at, p.literal);
      if (end == text.npos) return expression_error{at, "has a quote that is not closed"};
      at = end;
    } else if (is_letter(c)) {
      const auto end = std::min(text.find_first_not_of(c, at), text.size());
      const auto* known = std::find_if(std::begin(fields), std::end(fields),
                                       [c](const field& f) { return f.letter == c; });
      if (known == std::end(fields) || end - at < known->least || end - at > known->most)
        return expression_error{at,
                                "has '" + printable(text.substr(at, end - at), 20) +
                                    "', which is not known; there are yyyy yy MMM MM M dd d EEE "
                                    "HH mm ss SSS Z X"};
      p.letter = c;
      p.count = end - at;
      at = end;
    } else {
      p.literal = c;
      ++at;
    }
    made.pieces_.push_back(std::move(p));
  }
  return made;
}

std::string date_pattern::format(net::wall_time t) const {
  using namespace std::chrono;
  constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed",
                                                    "Thu", "Fri", "Sat"};
  const auto day = floor<std::chrono::days>(t);
  const year_month_day date(day);
  const hh_mm_ss<milliseconds> time(floor<milliseconds>(t - day));
  std::string out;
  for (const piece& p : pieces_) {
    const bool name = p.letter == 'M' && p.count == 3;
    out += p.literal;
    if (p.letter == 'y')
      out += padded(p.count == 2 ? int(date.year()) % 100 : int(date.year()), p.count);
    if (name) out += months.at(unsigned(date.month()) - 1);
    if (p.letter == 'M' && !name) out += padded(unsigned(date.month()), p.count);
    if (p.letter == 'd') out += padded(unsigned(date.day()), p.count);
    if (p.letter == 'E') out += days.at(weekday(day).c_encoding());
    if (p.letter == 'H') out += padded(time.hours().count(), p.count);
    if (p.letter == 'm') out += padded(time.minutes().count(), p.count);
    if (p.letter == 's') out += padded(time.seconds().count(), p.count);
    if (p.letter == 'S') out += padded(time.subseconds().count(), p.count);
    if (p.letter == 'Z') out += "+0000";
    if (p.letter == 'X') out += "Z";
  }
  return out;
}

}  // namespace gateway
