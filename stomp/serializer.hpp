// Frames to octets, one version at a time. Refuses what the version cannot express: a header that
// would come out as two headers is an attack, not a header (S12-ESC-3).
#pragma once

#include <string>
#include <system_error>

#include "stomp/frame.hpp"

namespace stomp {

// When content-length is written (S-CLEN-2).
enum class length_policy {
  with_body,    // on every frame with a body: what a careful sender does
  when_needed,  // only for a body with a NUL
  as_is,        // never added: a relay must not turn a TextMessage into a BytesMessage (AMQ-CL-1)
};

// What happens to header texts that a version has no escape for.
enum class header_policy {
  refuse,      // header_not_expressible
  raw_values,  // written as they are, names never escaped (AMQ-PARSE-2); a peer can be misled
};

struct serialize_options {
  version v = version::v1_2;
  length_policy length = length_policy::with_body;
  header_policy headers = header_policy::refuse;
};

// One header line under the same rules; false, with `out` unchanged, when it is not expressible.
bool write_header(std::string_view name, std::string_view value, const serialize_options& options,
                  std::string& out);

// Appends the octets of `f`, LF line ends and the final NUL included, to `out`. On error `out` is
// unchanged: bad_command, header_not_expressible, content_length_mismatch (an own content-length
// that lies), nul_needs_content_length (only as_is), body_not_allowed.
// CONNECT, STOMP and CONNECTED are never escaped.
std::error_code serialize(const frame& f, const serialize_options& options, std::string& out);

}  // namespace stomp
