// Names of destinations that stand for many: dots separate levels, `*` is exactly one level, `>` at
// the end is any number of levels, also none (facts 3.2). In any other place, or as a part of a
// level, both are plain characters. Names come without their prefix (`a.b`, not `/queue/a.b`).
//
//   pattern   matches              not
//   a.*       a.b                  a, a.b.c
//   *.b       a.b                  b, a.b.c
//   a.>       a, a.b, a.b.c        ab
//   >         everything
//   a.*.>     a.b, a.b.c           a
//   a.>.c     a.>.c                a.b.c     (`>` is not at the end)
//   a*        a*                   ab        (`*` is not the whole level)
//
// One more oddity of ActiveMQ's is kept: a level `*` of a real name (a SEND to `/queue/a.*` makes
// one) fits any level of a pattern that ends in `>`. The rules are those of DestinationFilter,
// which decides for every new destination; ActiveMQ's other index is looser with a `>` that is not
// at the end and with names that have a `*` or `>` themselves, and that is not imitated.
#pragma once

#include <string_view>

namespace mockbroker {

// Whether ActiveMQ treats a subscription to this name as one to a pattern: it has a `*` or `>`
// anywhere, even where that matches nothing but itself.
bool is_pattern(std::string_view name) noexcept;

// Whether the pattern stands for the name. A plain name stands for itself.
bool matches_pattern(std::string_view pattern, std::string_view name) noexcept;

// Reads a name level by level. An empty name is one empty level.
class level_reader {
 public:
  explicit constexpr level_reader(std::string_view name) noexcept : rest_(name) {}
  constexpr bool done() const noexcept { return done_; }
  // The next level. Not to be called when done().
  constexpr std::string_view next() noexcept {
    const auto dot = rest_.find('.');
    const std::string_view level = rest_.substr(0, dot);
    done_ = dot == rest_.npos;
    rest_.remove_prefix(done_ ? rest_.size() : dot + 1);
    return level;
  }

 private:
  std::string_view rest_;
  bool done_ = false;
};

// A pattern taken apart.
struct pattern_shape {
  std::string_view head;  // what stands in front of a `>` at the end; else all of it
  bool open = false;      // ends in `>`, or in several
  bool any = false;       // has nothing in front of that
};
pattern_shape shape_of(std::string_view pattern) noexcept;

}  // namespace mockbroker
