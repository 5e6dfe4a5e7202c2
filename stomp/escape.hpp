// Header escaping, per version (STOMP 1.1 and 1.2, Value Encoding).
#pragma once

#include <string>
#include <string_view>

#include "stomp/dialect.hpp"
#include "stomp/frame.hpp"

namespace stomp {

// Decodes \n \c \\ (and \r in 1.2) in ONE pass from left to right into `out` (replaced), so that
// `\\n` is a backslash and an 'n' (S12-ESC-1). 1.0 has no escapes: a copy. Returns false for an
// undefined sequence or a lone backslash at the end under escape_rule::fatal (S12-ESC-2); else
// those stay as they are.
bool unescape(std::string_view text, version v, escape_rule unknown, std::string& out);

// Appends `text` to `out` in the escaped form of `v`. Returns false, with `out` unchanged, when
// the version cannot express it: NUL anywhere, CR in 1.1, CR or LF in 1.0 (S12-ESC-3).
bool escape(std::string_view text, version v, std::string& out);

// The same for a sender that writes what the version has no escape for as it is (AMQ-PARSE-2).
void escape_known(std::string_view text, version v, std::string& out);

}  // namespace stomp
