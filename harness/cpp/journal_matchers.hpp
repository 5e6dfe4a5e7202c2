// GoogleMock matchers that wait, over what arrives somewhere on a stage:
//   EXPECT_THAT(stage, eventually(command("SEND"), destination("/queue/foo"), body("hi")));
//   EXPECT_THAT(client, never_received(command("MESSAGE")));
// The first argument says where: a stage (its broker), a client, or an ear anywhere else. They wait
// without polling, at most the stage's patience, and keep a failed verdict for GoogleTest's second
// run of the matcher, which makes the explanation. A failure shows what was expected, the nearest
// frames field by field, the ladder of all legs, the faults, the seed and how to play it again.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/cpp/matchers.hpp"
#include "harness/cpp/stage.hpp"

namespace harness {

// A place where units arrive: one end of a leg.
struct ear {
  harness::stage* on = nullptr;
  std::string leg;
  way direction = way::to_broker;
  std::optional<std::uint64_t> connection;  // nothing: all of the leg
  std::string name;                         // "broker", for texts
};
// EXPECT_THAT hands over constants; who listens may wait all the same.
ear ear_of(const stage& s);   // the broker's: what reaches it
ear ear_of(const client& c);  // what reaches this client
ear ear_of(const ear& there);
// What passes a leg in a direction: "browser-gateway", "gateway-broker", "client-broker".
ear leg_of(const stage& s, std::string leg, way direction);

// A frame as a list of fields that must all match; each is judged by itself in explanations.
class frame_pattern {
 public:
  template <class... Fields>
  explicit frame_pattern(const Fields&... fields) : fields_{frame_matcher(fields)...} {}
  const std::vector<frame_matcher>& fields() const noexcept { return fields_; }
  bool matches(const stomp::frame& f) const;
  std::string describe() const;

 private:
  std::vector<frame_matcher> fields_;
};
template <class... Fields>
frame_pattern frame_with(const Fields&... fields) {
  return frame_pattern(fields...);
}

// The verdict of one waiting matcher; the template part below hands it to GoogleMock.
class heard {
 public:
  enum class kind { eventually, in_order, times, never };
  heard(kind what, std::vector<frame_pattern> patterns, std::size_t count = 1)
      : what_(what), patterns_(std::move(patterns)), count_(count) {}
  bool judge(const ear& there, std::string& explanation) const;
  std::string describe() const;

 private:
  using entries = std::deque<journal_entry>;
  bool holds(const ear& there, const entries& all) const;

  kind what_;
  std::vector<frame_pattern> patterns_;
  std::size_t count_;
  // Of the last failure, for the run that asks for its explanation.
  struct verdict {
    harness::stage* on;
    std::string text;
  };
  std::shared_ptr<std::optional<verdict>> kept_ = std::make_shared<std::optional<verdict>>();
};

namespace detail {

template <class Judge>
class waiting_matcher {
 public:
  explicit waiting_matcher(Judge judge) : judge_(std::move(judge)) {}
  template <class Place>
  bool MatchAndExplain(const Place& where, ::testing::MatchResultListener* listener) const {
    std::string text;
    const bool good = judge_.judge(ear_of(where), text);
    *listener << text;
    return good;
  }
  void DescribeTo(std::ostream* out) const { *out << judge_.describe(); }
  void DescribeNegationTo(std::ostream* out) const { *out << "not: " << judge_.describe(); }

 private:
  Judge judge_;
};

template <class Judge>
auto waiting(Judge judge) {
  return ::testing::MakePolymorphicMatcher(waiting_matcher<Judge>(std::move(judge)));
}

}  // namespace detail

// A frame with all these fields arrives, or did.
template <class... Fields>
auto eventually(const Fields&... fields) {
  return detail::waiting(heard(heard::kind::eventually, {frame_pattern(fields...)}));
}
// Frames that match these patterns arrive in this order; others may come between.
template <class... Patterns>
auto received_in_order(const Patterns&... patterns) {
  return detail::waiting(heard(heard::kind::in_order, {frame_pattern(patterns)...}));
}
// Exactly `count` of them arrive, judged when nothing more will come (stage::settle).
template <class... Fields>
auto received_times(std::size_t count, const Fields&... fields) {
  return detail::waiting(heard(heard::kind::times, {frame_pattern(fields...)}, count));
}
// None arrives, judged when nothing more will come. On sockets this is weaker: see stage::settle.
template <class... Fields>
auto never_received(const Fields&... fields) {
  return detail::waiting(heard(heard::kind::never, {frame_pattern(fields...)}));
}

// Whether somebody broke a rule of RFC 6455 or STOMP there: the sender in that direction.
class conforming {
 public:
  bool judge(const ear& there, std::string& explanation) const;
  std::string describe() const { return "keeps to RFC 6455 and STOMP"; }
};
inline auto conforms() { return detail::waiting(conforming{}); }

// The client's connection ends with this WebSocket close code (1006: without a Close).
class ended {
 public:
  explicit ended(std::uint16_t code) : code_(code) {}
  template <class Place>
  bool MatchAndExplain(const Place& of, ::testing::MatchResultListener* listener) const {
    if (!*seen_) *seen_ = const_cast<Place&>(of).closed();
    *listener << "it ended with " << (*seen_)->close_code << " \"" << (*seen_)->reason << '"';
    return (*seen_)->close_code == code_;
  }
  void DescribeTo(std::ostream* out) const { *out << "ends with close code " << code_; }
  void DescribeNegationTo(std::ostream* out) const { *out << "ends with another code"; }

 private:
  std::uint16_t code_;
  std::shared_ptr<std::optional<stomp_client::event>> seen_ =
      std::make_shared<std::optional<stomp_client::event>>();
};
inline auto closed_with(std::uint16_t code) {
  return ::testing::MakePolymorphicMatcher(ended(code));
}

// What GoogleTest prints for the first argument.
inline void PrintTo(const stage&, std::ostream* out) { *out << "the broker of the stage"; }
inline void PrintTo(const client& c, std::ostream* out) { *out << "client " << c.number(); }
inline void PrintTo(const ear& e, std::ostream* out) { *out << e.name; }

// How to play the running test again, with its seed.
std::string replay_command(const stage& s);

}  // namespace harness
