// How a connection of a STOMP client over TCP begins: the first frame, read with bounds, the frame
// that goes on to the broker, and the ERROR frame that may come back instead. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "gateway/core/problem.hpp"
#include "net/http_types.hpp"
#include "stomp/frame.hpp"
#include "stomp/parser.hpp"

namespace gateway {

// Reads the first frame of a connection, which must be CONNECT or STOMP (S-CON-1); ends of line may
// come first. Octets that cannot become one are refused as soon as they show it, so that clients of
// other protocols get an answer and do not wait for a deadline.
class stomp_login_reader {
 public:
  static constexpr std::size_t max_octets = 32 * 1024;
  // Why there is no frame.
  struct refusal {
    std::string text;     // for the client; may quote what it said
    std::string for_log;  // without what may be a secret
    friend bool operator==(const refusal&, const refusal&) = default;
  };
  using answer = std::variant<stomp::frame, refusal>;

  stomp_login_reader();
  // Reads from the front of `input` and removes what it read; what is left behind an answer came
  // after the frame. Nothing while more is needed. Any split of the input gives the same answer;
  // not called again after one.
  std::optional<answer> feed(std::string_view& input);

 private:
  std::optional<std::string> judge_start();

  stomp::parser parser_;
  std::string start_;  // the first octets of the command, until they have been judged
  bool judged_ = false;
  std::size_t seen_ = 0;
};

// The octets of `command` with `fields`, as broker and client have them before a version is agreed;
// the first field of a name counts, and names that differ in case only are refused: elements would
// judge by one, the broker by the other. Or what is wrong with them, as the end of a sentence.
std::variant<std::string, std::string_view> stomp_login_frame(const std::string& command,
                                                              const net::header_list& fields);

// The octets of an ERROR frame: the title is its message, the detail its text. It is written in the
// best version that `login` offers; null: 1.0.
std::string stomp_error_frame(const problem& why, const stomp::frame* login);

}  // namespace gateway
