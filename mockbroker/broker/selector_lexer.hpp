// The words of a selector.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mockbroker {

enum class selector_token {
  end,
  bad,     // no word starts here
  symbol,  // one of = <> < <= > >= ( ) , + - * / %
  name,
  text,  // with its quotes
  decimal,
  hex,
  octal,
  real,
  // Keywords, in any case of letters.
  word_not,
  word_and,
  word_or,
  word_between,
  word_like,
  word_escape,
  word_in,
  word_is,
  word_true,
  word_false,
  word_null,
  word_xpath,
  word_xquery,
};

struct selector_word {
  selector_token kind = selector_token::end;
  std::string_view image;  // part of the selector; empty at its end
  std::size_t offset = 0;
};

// Reads one word after the other. Always the longest possible word: `5e` is 5 and `e`, `08` is 0
// and 8, which no rule of the grammar then accepts.
class selector_lexer {
 public:
  explicit selector_lexer(std::string_view text) noexcept : text_(text) {}
  selector_word next() noexcept;

 private:
  bool skip_comment() noexcept;
  selector_word number() noexcept;
  selector_word quoted() noexcept;
  selector_word take(selector_token kind, std::size_t size) noexcept;

  std::string_view text_;
  std::size_t at_ = 0;
};

// What a token of kind text says: without its quotes, doubled ones made single.
std::string unquote(std::string_view image);

}  // namespace mockbroker
