// Finds the file that a URI means below a folder, and never another one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/files.hpp"

namespace gateway {

enum class path_check { ok, bad, hidden };

// Decodes `raw` (a path without query) once into `decoded`. bad: malformed or encoded in a way that
// only attacks use (NUL, control characters, backslash, encoded slash, a ".." segment). hidden:
// names that are never served: key stores, configuration files, names that begin with '.' other
// than ".well-known".
path_check check_path(std::string_view raw, std::string& decoded);

struct found_file {
  enum class kind { missing, file, folder_without_slash } is = kind::missing;
  net::file_info info;  // of a file
  std::string path;     // canonical
};

// Looks for `decoded` below `folder`, in folders for each of `indexes` in turn. Links are followed
// as long as they stay below the folder. Blocks: call it through runtime.offload.
found_file find_file(const std::string& folder, const std::string& decoded,
                     const std::vector<std::string>& indexes);

// Strong validator from size and time of change.
std::string entity_tag(const net::file_info& info);

// RFC 9110 13.1: If-None-Match with weak comparison; If-Modified-Since only without it.
bool is_unchanged(const std::optional<std::string>& if_none_match,
                  std::optional<std::string_view> if_modified_since, const net::file_info& info);

// "Sun, 06 Nov 1994 08:49:37 GMT"; nothing for other forms.
std::optional<net::wall_time> parse_http_date(std::string_view text);

}  // namespace gateway
