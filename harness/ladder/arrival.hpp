// What comes on a connection, as a row judges it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "harness/ladder/wire_reader.hpp"
#include "net/types.hpp"

namespace harness::ladder {

struct arrival {
  enum class kind { frame, beat, pong, head, close, garbage };
  kind what = kind::frame;
  wire_frame frame;  // frame; head: the status line as command and the fields
  std::string text;  // head: the body, chunks as they came; pong: its payload; close: the reason;
                     // garbage: octets
  int code = 0;      // close: its code, 1006 without a Close; TCP: 0
  net::time_point at;
  bool told = false;  // in the report already
};
// "MESSAGE destination=/queue/a body="hi"", bounded.
std::string to_string(const arrival& a);
// Bounded, control characters escaped, in quotes.
std::string printable(std::string_view text, std::size_t most = 200);

}  // namespace harness::ladder
