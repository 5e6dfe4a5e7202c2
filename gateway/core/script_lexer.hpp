// Splits the text of an expression or script into tokens. Throws expression_error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/core/expression.hpp"
#include "gateway/core/script_code.hpp"

namespace gateway::script_code {

enum class token_kind : std::uint8_t {
  end,
  name,
  number,
  text,       // decoded, without its quotes
  template_,  // Groovy's "text with ${parts}": see `parts`
  pattern,    // Groovy's /regular expression/
  symbol,
};

// A piece of a template: literal text, or the place of an expression between ${ and }.
struct template_part {
  bool literal = true;
  std::string text;       // literal
  std::size_t begin = 0;  // expression
  std::size_t end = 0;
};

struct token {
  token_kind kind = token_kind::end;
  std::size_t offset = 0;
  bool line_before = false;  // a line ended between the token before and this one
  std::string text;
  double number = 0;
  std::vector<template_part> parts{};
};

// `text` from `begin` to `end`; offsets count from the start of `text`, which must outlive it.
class lexer {
 public:
  lexer(std::string_view text, std::size_t begin, std::size_t end, dialect language)
      : text_(text.substr(0, end)), at_(begin), language_(language) {}

  token next();
  // The next token if it is one of /.../; call it where an operand is expected, with the '/' token
  // already read.
  token pattern_behind(const token& slash);

 private:
  void skip_blanks(token& t);
  bool skip_comment(token& t);
  token read_name(token t);
  token read_number(token t);
  token read_spel_text(token t, char quote);
  token read_groovy_text(token t, char quote);
  std::size_t end_of_part(std::size_t open) const;
  void read_escape(std::string& out);
  token read_symbol(token t);

  std::string_view text_;
  std::size_t at_;
  dialect language_;
};

// Place of the '}' that ends what begins at `at`; npos when there is none. Braces within quotes do
// not count, those without must be balanced.
std::size_t closing_brace(std::string_view text, std::size_t at);

}  // namespace gateway::script_code
