// The lines of a case that are steps of it. A part of the parser, not for others.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/ladder/lexer.hpp"
#include "harness/ladder/model.hpp"

namespace harness::ladder {

// Thrown at the first error of a line and caught by the parser of the file.
struct step_error {
  unsigned line = 0;
  unsigned column = 0;
  std::string text;
};

// What may stand in a place.
using names = std::vector<std::string_view>;

class step_parser {
 public:
  void at_line(unsigned number) noexcept { line_ = number; }
  // A new case begins.
  void begin() { blocks_.clear(); }
  std::vector<word> words(std::string_view line);
  // Adds the step (or the begin or end of a block) to `steps` or to the block that is open.
  void add(std::string_view source, const std::vector<word>& words, std::vector<step>& steps);
  void check_blocks_closed();

  [[noreturn]] void fail(const word& at, std::string text) const;
  // "expected WHAT, found 'x'; did you mean 'y'?"
  [[noreturn]] void unknown(const word& found, const names& known, std::string_view what) const;
  void one_of(const word& w, const names& known, std::string_view what) const;

 private:
  using span = std::vector<word>;
  step parse_step(const span& words, std::size_t from);
  step parse_repeat(const span& words, std::size_t from);
  step parse_at(const span& words, std::size_t from);
  open_connection parse_open(const span& words, std::size_t from);
  send_step parse_send(const span& words, std::size_t from);
  // `!kind` in front of the command.
  const mockbroker::malformation* parse_malformation(const word& w) const;
  void parse_octets(send_step& into, const span& words, std::size_t from);
  expect_step parse_expect(const span& words, std::size_t from);
  expect_step parse_close(const span& words, std::size_t from);
  bool parse_modifier(expect_step& into, const span& words, std::size_t& at);
  pattern parse_pattern(const word& w);
  const word& need(const span& words, std::size_t at, std::string_view what) const;
  net::duration duration_at(const span& words, std::size_t at) const;

  struct block {
    step made;
    unsigned line;
    unsigned column;
  };
  unsigned line_ = 0;
  std::vector<block> blocks_;
};

}  // namespace harness::ladder
