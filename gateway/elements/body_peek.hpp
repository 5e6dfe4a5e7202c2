// Reads the beginning of a body and puts it back.
#pragma once

#include <memory>
#include <string>

#include "net/http_types.hpp"

namespace gateway {

struct peeked_body {
  std::string start;      // at most `limit` octets
  bool complete = false;  // the whole body is in `start`
};

// Pulls up to `limit` octets of `body` (may be null) and replaces it by a source that gives the
// same octets, then the rest, then the same error if reading failed. Never buffers more than
// `limit` and one piece.
net::task<peeked_body> peek(std::unique_ptr<net::body_source>& body, std::size_t limit);

}  // namespace gateway
