// Ladder scripts: conversations with a broker as text, one line a frame. The grammar is in
// docs/ladder.md. This room reads them and plays them; it knows no broker.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace harness::ladder {

enum class transport { tcp, ws };
std::string_view to_string(transport t) noexcept;

// A frame as it is on the wire: nothing is unescaped, headers in order. A header line without a
// colon has no value.
struct wire_header {
  std::string name;
  std::string value;
  bool has_colon = true;
  friend bool operator==(const wire_header&, const wire_header&) = default;
};
struct wire_frame {
  std::string command;
  std::vector<wire_header> headers;
  std::string body;
  friend bool operator==(const wire_frame&, const wire_frame&) = default;
};

struct step {
  enum class kind {
    send,         // `frame`, one WebSocket message
    send_text,    // `octets`, as they are; one text message
    send_binary,  // `octets`; one binary message
    expect,       // `frame`: exactly these headers, in any order
    close,        // we end the connection
    wait,         // let `milliseconds` pass
    is_open,      // nothing more comes, and the connection lives
    is_closed,    // nothing more comes but the end; WebSocket: with `code`, if one is given
  };
  kind what = kind::send;
  std::string who;  // the connection
  wire_frame frame;
  std::string octets;
  bool any_order = false;  // expect: in any order with its neighbours of the same mark
  unsigned milliseconds = 0;
  unsigned code = 0;
  std::size_t line = 0;
};

// One case. Everything it needs is in it.
struct row {
  std::string name;
  std::vector<std::string> cites;  // rules and facts it mirrors
  std::set<std::string> profiles;
  std::set<transport> on;
  std::set<std::string> labels;
  std::vector<step> steps;
  std::size_t line = 0;
};

// "file:line:column: what is wrong (what was expected)", then the line and a caret.
struct parse_error {
  std::string text;
};

// Reads a whole script. `file` is for messages. Bounds: 1 MiB of text, 10,000 rows.
std::variant<std::vector<row>, parse_error> parse(std::string_view text, std::string_view file);

// The text of one line, as parse() reads it.
std::string to_line(const step& s);
// A frame on one line, shortened to `limit` octets (0: whole).
std::string to_text(const wire_frame& f, std::size_t limit = 0);

}  // namespace harness::ladder
