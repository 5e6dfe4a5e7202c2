#include "gateway/core/iso_duration.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace gateway {

namespace {

constexpr std::string_view form = "must be a time such as PT30S, PT5M, PT1H or P1D";

constexpr std::int64_t most_seconds = 3'000'000'000;  // 95 years

struct unit {
  char letter;
  bool of_time;  // behind the T
  std::int64_t seconds;
};
constexpr std::array units = {unit{'D', false, 86'400}, unit{'H', true, 3'600}, unit{'M', true, 60},
                              unit{'S', true, 1}};

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class reader {
 public:
  explicit reader(std::string_view text) : text_(text) {}

  std::variant<net::duration, duration_error> read() {
    if (!take('P')) return wrong(form);
    bool of_time = false;
    bool complete = false;  // behind a number with its unit
    for (std::size_t next_unit = 0; at_ < text_.size() || !complete;) {
      if (!of_time && take('T')) {
        of_time = true;
        complete = false;
        continue;
      }
      const auto value = digits(9);
      if (!value) return wrong(form);
      const bool has_fraction = take('.');
      const auto fraction = has_fraction ? microseconds() : std::optional<std::int64_t>(0);
      if (!fraction) return wrong("needs one to six digits behind the '.'");
      const auto found = find_unit(next_unit, of_time);
      if (!found) return wrong(form);
      if (has_fraction && units[*found].seconds > 1)
        return wrong("may have a fraction of seconds only");
      seconds_ += *value * units[*found].seconds;
      microseconds_ = *fraction;
      ++at_;
      next_unit = *found + 1;
      complete = true;
    }
    return std::chrono::seconds(std::min(seconds_, most_seconds)) +
           std::chrono::microseconds(microseconds_);
  }

 private:
  duration_error wrong(std::string_view message) const { return {at_, std::string(message)}; }
  bool take(char c) {
    if (at_ == text_.size() || upper(text_[at_]) != c) return false;
    ++at_;
    return true;
  }
  // One to `most` of them.
  std::optional<std::int64_t> digits(std::size_t most) {
    std::int64_t value = 0;
    const std::size_t start = at_;
    for (; at_ < text_.size() && is_digit(text_[at_]); ++at_) {
      if (at_ - start == most) return std::nullopt;
      value = value * 10 + (text_[at_] - '0');
    }
    if (at_ == start) return std::nullopt;
    return value;
  }
  std::optional<std::int64_t> microseconds() {
    const std::size_t start = at_;
    auto value = digits(6);
    for (std::size_t i = at_ - start; value && i < 6; ++i) *value *= 10;
    return value;
  }
  // The unit that is written here, behind those that were there.
  std::optional<std::size_t> find_unit(std::size_t from, bool of_time) const {
    if (at_ == text_.size()) return std::nullopt;
    for (std::size_t i = from; i < units.size(); ++i)
      if (units[i].of_time == of_time && units[i].letter == upper(text_[at_])) return i;
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::int64_t seconds_ = 0;
  std::int64_t microseconds_ = 0;
};

}  // namespace

std::variant<net::duration, duration_error> parse_iso_duration(std::string_view text) {
  return reader(text).read();
}

}  // namespace gateway
