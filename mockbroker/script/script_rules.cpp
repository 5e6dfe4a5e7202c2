#include "mockbroker/script/script_rules.hpp"

#include <algorithm>

namespace mockbroker {

namespace ladder = harness::ladder;

namespace {

// Whether the octets end with a NUL, as a whole frame does.
bool ends_with_nul(const ladder::value& v) {
  if (v.empty() || v.segments.back().parts.empty()) return false;
  const ladder::part& last = v.segments.back().parts.back();
  return last.what == ladder::part::kind::text && last.text.ends_with('\0');
}

std::string problem_of(const ladder::send_step& s) {
  using kind = ladder::send_step::kind;
  if (s.malformation) {
    return "'!" + std::string(s.malformation->name) +
           "': a frame that is broken on purpose is not "
           "waited for; send it with stomp-client run";
  }
  switch (s.what) {
    case kind::get:
      return "'get': a script answers STOMP only";
    case kind::binary:
    case kind::fragments:
    case kind::unmasked:
    case kind::ping:
    case kind::pong:
      return "'ws': how a client frames its messages is not seen here; write the frame";
    case kind::raw:
    case kind::text:
      return ends_with_nul(s.body) ? "" : "'raw': octets that do not end with a frame's \\0";
    default:
      return {};
  }
}

std::string problem_of(const ladder::expect_step& e) {
  using kind = ladder::expect_step::kind;
  if (e.what == kind::pong) return "'pong': pings are answered without being told";
  if (e.what == kind::head) return "'head': a script answers STOMP only";
  const auto is_regex = [](const ladder::pattern& p) {
    return p.what == ladder::pattern::kind::regex;
  };
  const auto found = std::find_if(e.headers.begin(), e.headers.end(), is_regex);
  if (found != e.headers.end() || (e.body && is_regex(*e.body))) {
    const std::string name = found != e.headers.end() ? found->name : e.body->name;
    return "'" + name + "=~': a pattern does not say what to send; write the value, or " + name +
           "=*";
  }
  return {};
}

std::string problem_of(const ladder::step& s) {
  using kind = ladder::step::kind;
  if (s.what == kind::open && s.open.http)
    return "'http' and 'console': a script answers STOMP only";
  if (s.what == kind::send) return problem_of(s.send);
  if (s.what == kind::expect) return problem_of(s.expect);
  return {};
}

void look(const std::vector<ladder::step>& steps, const std::string& file,
          std::vector<ladder::parse_error>& into) {
  for (const ladder::step& s : steps) {
    // A table makes several rows of one line.
    const bool is_told = std::any_of(into.begin(), into.end(), [&](const ladder::parse_error& e) {
      return e.file == file && e.line == s.line && e.column == s.column;
    });
    if (auto why = problem_of(s); !is_told && !why.empty()) {
      into.push_back({file, s.line, s.column, "cannot be played as the broker: " + why});
    }
    look(s.inner, file, into);
  }
}

}  // namespace

std::vector<ladder::parse_error> refusals(const std::vector<ladder::row>& rows) {
  std::vector<ladder::parse_error> all;
  for (const auto& r : rows) look(r.steps, r.file, all);
  return all;
}

}  // namespace mockbroker
