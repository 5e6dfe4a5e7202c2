// The live page of the control API: files of this folder's assets/, in the binary.
#pragma once

#include <optional>
#include <string_view>

#include "net/http_types.hpp"

namespace mockbroker {

// The page at "/" and its parts; nothing for other paths. Its policy lets it load and call what is
// of its own origin, and nothing else.
std::optional<net::http_response> page_file(std::string_view path);

}  // namespace mockbroker
