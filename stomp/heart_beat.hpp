// Heart-beat arithmetic (STOMP 1.1 and 1.2, Heart-beating). Pure: time is an argument.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace stomp {

using std::chrono::milliseconds;
using time_point = std::chrono::steady_clock::time_point;

// One side's heart-beat header "send,receive": what it can guarantee to send and what it wants to
// receive, in ms; 0 means "cannot" and "does not want".
struct heart_beat {
  milliseconds send{0};
  milliseconds receive{0};
  friend bool operator==(const heart_beat&, const heart_beat&) = default;
};

// Reads "a,b" as Java reads two integers: an optional sign, digits, nothing else; negative values
// mean none in that direction (AMQ-HB-1). Nothing for any other form.
std::optional<heart_beat> parse_integer_beats(std::string_view text) noexcept;
// Reads "a,b": two runs of digits, one space tolerated on either side of the comma; nothing for
// any other form. Larger numbers than a day are cut to a day (HB-1).
std::optional<heart_beat> parse_heart_beat(std::string_view text) noexcept;
// "send,receive".
std::string to_string(const heart_beat& beat);

// The periods of one connection seen from one side; 0 means none in that direction.
struct beat_agreement {
  milliseconds outgoing{0};  // we write at least this often
  milliseconds incoming{0};  // the peer writes at least this often
  friend bool operator==(const beat_agreement&, const beat_agreement&) = default;
};

// Shorter periods than this are raised to it: a peer must not make us busy (HB-1).
inline constexpr milliseconds shortest_beat{250};

// HB-2: each direction is the larger of what the sender can and the receiver wants, or none when
// one of them says 0.
beat_agreement negotiate(const heart_beat& mine, const heart_beat& theirs) noexcept;

// How long a silent peer is believed, as a multiple of its period (HB-4).
struct beat_grace {
  double factor = 2.0;
  milliseconds at_least{1000};  // never less than the period plus this
};

// How a peer is watched that is looked at in fixed intervals, not after its last octet (AMQ-HB-3):
// the first check after some octets believes them, the second doubts, the third gives up. So a
// silent peer is cut after two to three periods.
struct beat_checks {
  milliseconds first{0};  // from the start to the first check of either direction; 0: one period
  bool checks_at_once = false;  // a `first` of 0 means now
  bool sees_writes = true;      // false: a beat is due every period, whatever else was written
};

// When to write and when to give up, for one connection. Not started: never.
class beat_schedule {
 public:
  // Both directions count from `now`.
  void start(const beat_agreement& agreement, time_point now, beat_grace grace = {}) noexcept;

  // The same with fixed intervals: the periods of `agreement` are exact.
  void start(const beat_agreement& agreement, time_point now, const beat_checks& checks) noexcept;

  // HB-3: any octets written or read restart the direction's period.
  void on_write(time_point now) noexcept {
    last_write_ = now;
    wrote_ = true;
  }
  // A beat of ours is no output that could stand for the next one.
  void on_beat() noexcept { wrote_ = false; }
  void on_read(time_point now) noexcept {
    last_read_ = now;
    seen_ = true;
  }

  // When the next heart-beat has to be written: 0.9 periods after the last write, so that it
  // arrives in time; or the next check. time_point::max() when none is owed.
  time_point write_due() const noexcept;
  // When the peer counts as dead, or the next check. time_point::max() when it owes nothing.
  time_point dead_at() const noexcept;
  // The earlier of both.
  time_point next() const noexcept;

  // Whether a beat must be written now, or the peer be given up. With fixed intervals each call
  // that comes due is a check, so ask once a tick.
  bool must_write(time_point now) noexcept;
  bool is_dead(time_point now) noexcept;
  const beat_agreement& agreement() const noexcept { return agreement_; }

 private:
  beat_agreement agreement_;
  beat_grace grace_;
  time_point last_write_{};
  time_point last_read_{};
  std::optional<beat_checks> checks_;
  time_point write_check_{};
  time_point read_check_{};
  bool wrote_ = false;     // since the last check
  bool seen_ = false;      // since the last check
  bool believed_ = false;  // the last check saw something
};

}  // namespace stomp
