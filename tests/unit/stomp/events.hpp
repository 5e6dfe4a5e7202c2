// Runs the parser over an input cut in every way that matters, and compares what comes out.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "stomp/parser.hpp"

namespace stomp {

inline std::ostream& operator<<(std::ostream& out, const frame& f) {
  out << f.command << " {";
  for (const header& h : f.headers) out << ' ' << h.name << '=' << h.value << ';';
  return out << "} body " << f.body.size();
}

inline std::ostream& operator<<(std::ostream& out, const failure& f) {
  return out << "failure " << f.code.message() << " (" << f.text << ")";
}

}  // namespace stomp

namespace stomp_test {

using events = std::vector<stomp::parse_event>;

struct setup {
  stomp::dialect rules = stomp::strict();
  std::optional<stomp::version> v = stomp::version::v1_2;
};

// A literal that may hold NULs: `bytes("SEND\n\n\0")` keeps all but the literal's own NUL.
template <std::size_t N>
std::string bytes(const char (&text)[N]) {
  return std::string(text, N - 1);
}

inline events parse(const std::vector<std::string_view>& pieces, const setup& with) {
  stomp::parser p(with.rules);
  if (with.v) p.set_version(*with.v);
  events all;
  for (std::string_view piece : pieces) {
    while (auto e = p.next(piece)) all.push_back(std::move(*e));
    EXPECT_TRUE(piece.empty());
  }
  return all;
}

// The events of `input`, after checking that two pieces at every border and single octets give
// the same ones (S-GRM-1).
inline events parse_every_way(std::string_view input, const setup& with = {}) {
  const events whole = parse({input}, with);
  std::vector<std::string_view> octets;
  for (std::size_t i = 0; i < input.size(); ++i) {
    EXPECT_EQ(parse({input.substr(0, i), input.substr(i)}, with), whole) << "cut at " << i;
    octets.push_back(input.substr(i, 1));
  }
  EXPECT_EQ(parse(octets, with), whole) << "octet by octet";
  return whole;
}

// Only the frames among the events.
inline std::vector<stomp::frame> frames(const events& all) {
  std::vector<stomp::frame> found;
  for (const auto& e : all) {
    if (const auto* f = std::get_if<stomp::frame>(&e)) found.push_back(*f);
  }
  return found;
}

// The one frame of `input`, which must hold nothing else. Also parsed twice in one chunk.
inline stomp::frame one_frame(std::string_view input, const setup& with = {}) {
  const auto found = frames(parse_every_way(input, with));
  EXPECT_EQ(found.size(), 1U) << input;
  const std::string twice = std::string(input) + std::string(input);
  EXPECT_EQ(frames(parse_every_way(twice, with)).size(), 2 * found.size()) << "two in one chunk";
  return found.empty() ? stomp::frame{} : found.front();
}

// The failure that `input` ends with; no code when there is none.
inline stomp::failure failure_of(std::string_view input, const setup& with = {}) {
  const events all = parse_every_way(input, with);
  if (all.empty()) return {};
  const auto* found = std::get_if<stomp::failure>(&all.back());
  return found == nullptr ? stomp::failure{} : *found;
}

}  // namespace stomp_test
