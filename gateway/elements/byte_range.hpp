// Which part of a file a GET asks for (RFC 9110 14). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "net/files.hpp"

namespace gateway {

struct byte_range {
  enum class kind {
    whole,          // no range, one that is malformed or stale, or several
    part,           // 206
    unsatisfiable,  // 416
  } is = kind::whole;
  std::uint64_t first = 0;  // of a part: offset of its first octet
  std::uint64_t size = 0;   // of a part: never 0
};

// Reads a Range field. Several ranges count as none: the whole file serves them as well.
byte_range parse_range(std::string_view field, std::uint64_t file_size);

// False when If-Range is there and does not name this very file: its strong entity tag, or its date
// of change, when that is a second old and so tells it from every other (RFC 9110 13.1.5).
bool range_applies(std::optional<std::string_view> if_range, const net::file_info& info,
                   net::wall_time now);

}  // namespace gateway
