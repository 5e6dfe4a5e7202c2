// The pattern of LIKE: `%` is any text, `_` one character (UTF-8), all else itself.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace mockbroker {

class like_pattern {
 public:
  // `escape` is one character in front of `%`, `_` or itself that makes them plain; elsewhere it
  // is plain too. Empty: there is none.
  explicit like_pattern(std::string_view pattern, std::string_view escape = {});

  // Whole text against whole pattern. Time: at most size of text times size of pattern.
  bool matches(std::string_view text) const noexcept;
  std::size_t memory_cost() const noexcept { return steps_.size() * sizeof(step); }

 private:
  enum class kind : unsigned char { octet, one, many };
  struct step {
    kind what;
    char octet;
  };
  std::vector<step> steps_;
};

// Whether the text is one character that Java holds in one char (so no emoji).
bool is_one_char(std::string_view text) noexcept;

}  // namespace mockbroker
