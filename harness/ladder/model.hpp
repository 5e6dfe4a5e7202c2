// A .ladder file as data: cases, and in each the steps that a client takes and expects. Plain
// values; docs/ladder.md is the grammar, parser.hpp reads it, runner.hpp plays it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace harness::ladder {

// Where something stands in its file; both from 1.
struct place {
  std::size_t line = 0;
  std::size_t column = 0;
};

// Text in which `$name`, `${name}` and `$$` (one dollar) are still to be filled in.
using text_template = std::string;

// How a header or body is compared, or that it is written.
enum class match {
  exact,    // name=value; a lone `$new` takes the value
  present,  // name=*
  glob,     // name~=pattern with * and ?
  wire,     // name@=value, before escapes are undone
  absent,   // !name
  spread,   // $column: the column's text is read as headers
};

struct field {
  text_template name;
  text_template value;
  match how = match::exact;
  place at;
};

// A frame to write, or what a frame must be like.
struct frame_pattern {
  text_template command;      // "*": any, in expectations
  std::vector<field> fields;  // in the order written
  std::optional<field> body;  // nothing: empty when written, not looked at when expected
  bool only = false;          // no headers but the ones named
};

// A span of time after the last thing that happened (within) or the connection's start (at).
struct window {
  std::chrono::milliseconds from{0};
  std::chrono::milliseconds to{0};
  bool since_start = false;
};

enum class step_kind {
  connection,    // name; opens it, or makes an open one current
  write_frame,   // pattern
  write_raw,     // text: octets on TCP, one text message on WebSocket
  write_binary,  // text, one binary message
  write_part,    // one WebSocket frame as told: code, fin, rsv, masked, text
  write_beat,    // one LF
  write_close,   // FIN; WebSocket: Close with `code` (0: without) and text
  drop,          // the connection ends without a word
  expect_frame,  // pattern
  expect_raw,    // text: exactly these octets of one frame, as on the wire
  expect_beat,   //
  expect_pong,   // text
  expect_head,   // the answer to an HTTP request: code and header fields of pattern
  expect_close,  // code (0: any)
  expect_open,   //
  expect_never,  // pattern
  wait,          // span.to
  unordered,     // inner, in any order
};

struct step {
  step_kind kind = step_kind::wait;
  place at;
  std::string source;  // the line as written, trimmed
  frame_pattern pattern;
  text_template text;
  std::string name;
  int code = 0;
  std::optional<window> span;
  bool skips_others = false;  // `eventually`: what does not match meanwhile is dropped
  bool fin = true;
  bool masked = true;
  int rsv = 0;
  std::vector<step> inner;
};

// Which transports and deliveries a case is played over.
struct transports {
  bool tcp = true;
  bool ws = true;
};

struct ladder_case {
  std::string name;
  std::string file;
  place at;
  std::vector<std::string> cites;
  std::string profile = "activemq";
  transports on;
  std::vector<std::string> labels;
  std::map<std::string, text_template> columns;  // this row's values of the tables
  std::vector<step> steps;

  bool has_label(const std::string& label) const;
};

// "FILE:LINE:COLUMN: MESSAGE"
struct parse_error {
  std::string file;
  place at;
  std::string message;
  std::string text() const;
};

}  // namespace harness::ladder
