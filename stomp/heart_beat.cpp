#include "stomp/heart_beat.hpp"

#include <algorithm>
#include <utility>

#include "stomp/text.hpp"

namespace stomp {
namespace {

constexpr milliseconds longest_beat = std::chrono::hours(24);

std::optional<milliseconds> parse_number(std::string_view text) noexcept {
  if (text.empty()) return std::nullopt;
  milliseconds::rep value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = std::min(value * 10 + (c - '0'), longest_beat.count());
  }
  return milliseconds(value);
}

// The first check of a direction, and none when it has no period.
time_point first_check(milliseconds period, const beat_checks& checks, time_point now) noexcept {
  if (period.count() <= 0) return time_point::max();
  period = std::min(period, longest_beat);
  if (checks.first.count() > 0) return now + std::min(checks.first, longest_beat);
  return checks.checks_at_once ? now : now + period;
}

// The check after one at `now`. A late one does not make up for those that were missed.
time_point next_check(time_point due, milliseconds period, time_point now) noexcept {
  period = std::min(period, longest_beat);
  return std::max(due, now - period) + period;
}

milliseconds one_direction(milliseconds sender, milliseconds receiver) noexcept {
  if (sender.count() <= 0 || receiver.count() <= 0) return milliseconds(0);
  return std::max({sender, receiver, shortest_beat});
}

}  // namespace

std::optional<heart_beat> parse_heart_beat(std::string_view text) noexcept {
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  std::string_view left = text.substr(0, comma);
  std::string_view right = text.substr(comma + 1);
  if (left.ends_with(' ')) left.remove_suffix(1);
  if (right.starts_with(' ')) right.remove_prefix(1);
  const auto send = parse_number(left);
  const auto receive = parse_number(right);
  if (!send || !receive) return std::nullopt;
  return heart_beat{*send, *receive};
}

std::optional<heart_beat> parse_integer_beats(std::string_view text) noexcept {
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const auto send = parse_int64(text.substr(0, comma));
  const auto receive = parse_int64(text.substr(comma + 1));
  if (!send || !receive) return std::nullopt;
  return heart_beat{milliseconds(*send), milliseconds(*receive)};
}

std::string to_string(const heart_beat& beat) {
  return std::to_string(beat.send.count()) + "," + std::to_string(beat.receive.count());
}

beat_agreement negotiate(const heart_beat& mine, const heart_beat& theirs) noexcept {
  return {one_direction(mine.send, theirs.receive), one_direction(theirs.send, mine.receive)};
}

void beat_schedule::start(const beat_agreement& agreement, time_point now,
                          beat_grace grace) noexcept {
  agreement_ = agreement;
  grace_ = grace;
  last_write_ = now;
  last_read_ = now;
}

void beat_schedule::start(const beat_agreement& agreement, time_point now,
                          const beat_checks& checks) noexcept {
  start(agreement, now);
  checks_ = checks;
  write_check_ = first_check(agreement.outgoing, checks, now);
  read_check_ = first_check(agreement.incoming, checks, now);
  seen_ = true;  // the CONNECT
  wrote_ = true;
}

bool beat_schedule::must_write(time_point now) noexcept {
  if (now < write_due()) return false;
  if (!checks_) return true;
  write_check_ = next_check(write_check_, agreement_.outgoing, now);
  return !std::exchange(wrote_, false) || !checks_->sees_writes;
}

bool beat_schedule::is_dead(time_point now) noexcept {
  if (now < dead_at()) return false;
  if (!checks_) return true;
  read_check_ = next_check(read_check_, agreement_.incoming, now);
  const bool seen = std::exchange(seen_, false);
  return !std::exchange(believed_, seen) && !seen;
}

time_point beat_schedule::write_due() const noexcept {
  if (checks_) return write_check_;
  if (agreement_.outgoing.count() == 0) return time_point::max();
  return last_write_ + agreement_.outgoing * 9 / 10;
}

time_point beat_schedule::dead_at() const noexcept {
  if (checks_) return read_check_;
  if (agreement_.incoming.count() == 0) return time_point::max();
  const auto stretched = milliseconds(static_cast<milliseconds::rep>(
      static_cast<double>(agreement_.incoming.count()) * grace_.factor));
  return last_read_ + std::max(stretched, agreement_.incoming + grace_.at_least);
}

time_point beat_schedule::next() const noexcept { return std::min(write_due(), dead_at()); }

}  // namespace stomp
