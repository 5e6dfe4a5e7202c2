// What `transformation` on SEND and SUBSCRIBE does to a body (facts 3.10).
//
// SEND, what is stored. A header `amq-msg-type` (text or bytes) decides between text and bytes; if
// there is none, content-length makes bytes and its absence text. Before that:
//
//   transformation      body without content-length
//   none, or unknown    text
//   jms-byte            text
//   jms-map-json, -xml  a map; if it cannot be read: text, and `transformation-error` says why
//   jms-object-*        text and transformation-error: an object needs its Java class (ActiveMQ
//                       reads a few of java.lang, which is not done here)
//   jms-xml, jms-json,  text and transformation-error `Unknown transformation: jms-xml`
//   jms-advisory-*
//
// With content-length it is always bytes. The header `transformation` is kept and echoed.
//
// MESSAGE, from what is stored and what the subscription asked for:
//
//   stored  subscription      body                      header transformation
//   text    none              text                      the sender's
//   text    any               text                      the subscription's
//   bytes   none or any       bytes                     the sender's
//   map     none              empty                     the sender's
//   map     jms-json          JSON                      jms-map-json
//   map     jms-xml           XML                       jms-map-xml
//   map     other known one   JSON if its name ends     the subscription's
//                             in json, else XML
//   map     unknown           empty                     the subscription's
//
// Names are case sensitive. Advisory messages have rules of their own, which are not here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "mockbroker/broker/map_body.hpp"
#include "stomp/frame.hpp"

namespace mockbroker {

enum class map_format { json, xml };

// Why a body is no map: one line, the value of `transformation-error`. It may be empty, as it is
// in ActiveMQ for a body that is no JSON or XML at all.
struct conversion_error {
  std::string message;
};

// Reads bodies; mockbroker/transformations has the one that does, with libraries that this room
// does without. Has no state.
class map_reader {
 public:
  virtual ~map_reader() = default;
  virtual std::variant<map_body, conversion_error> read(std::string_view text,
                                                        map_format format) const = 0;
};

enum class body_kind { text, bytes, map };

// What a SEND carries.
struct sent_body {
  body_kind kind = body_kind::text;
  map_body map;                      // for kind map; else the frame's body is it
  std::optional<std::string> error;  // to be stored as the header transformation-error
};
// amq-msg-type is neither text nor bytes: the client gets an ERROR with this message.
struct refused_body {
  std::string message;
};
std::variant<sent_body, refused_body> read_body(const stomp::frame& send, const map_reader& reader);

// How a receiver is to be told.
struct told_body {
  std::optional<std::string> body;            // instead of the one that was sent
  std::optional<std::string> transformation;  // the header; nothing: none
  bool with_length = false;                   // content-length belongs to bytes alone
};
// sent_transformation and asked are the header's values on SEND and SUBSCRIBE.
told_body tell_body(const sent_body& stored, std::optional<std::string_view> sent_transformation,
                    std::optional<std::string_view> asked);

}  // namespace mockbroker
