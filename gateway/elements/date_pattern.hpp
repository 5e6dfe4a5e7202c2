// Java's patterns of dates (SimpleDateFormat), as far as logs need them. Times are UTC.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/core/expression.hpp"
#include "net/types.hpp"

namespace gateway {

class date_pattern {
 public:
  // Letters: yyyy yy MMM MM M dd d EEE HH mm ss SSS Z X; texts in quotes and signs stand for
  // themselves, '' for a quote.
  static std::variant<date_pattern, expression_error> compile(std::string_view text);
  // English names, as "27/Nov/2026:03:29:35 +0000".
  std::string format(net::wall_time t) const;

 private:
  struct piece {
    char letter = 0;  // 0: literal
    std::size_t count = 0;
    std::string literal;
  };
  std::vector<piece> pieces_;
};

}  // namespace gateway
