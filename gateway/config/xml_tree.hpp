// XML with namespaces resolved and the place of every name and value. pugixml judges whether the
// text is well-formed; it keeps offsets of nodes only, so attributes are scanned here once more.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/config/diagnostics.hpp"

namespace gateway {

inline constexpr std::string_view spring_beans_uri = "http://www.springframework.org/schema/beans";
inline constexpr std::string_view membrane_uri = "http://membrane-soa.org/proxies/1/";

struct xml_attribute {
  std::string uri;   // empty without a prefix
  std::string name;  // without prefix
  std::string value;
  std::size_t name_offset = 0;
  std::size_t value_offset = 0;
  bool refused = false;  // its value had an error that was reported: check nothing more
};

struct xml_element {
  std::string uri;
  std::string name;
  std::vector<xml_attribute> attributes;  // without xmlns declarations
  std::vector<xml_element> children;
  std::string text;             // of this element itself, trimmed
  std::size_t offset = 0;       // of '<'
  std::size_t text_offset = 0;  // first character of the text
  std::vector<text_piece> text_pieces;
};

struct xml_limits {
  std::size_t octets = 4 * 1024 * 1024;
  std::size_t levels = 64;
  std::size_t attributes = 64;  // of one element
};

// The root, or nothing after at least one error. Refuses what makes XML dangerous: DOCTYPE and
// entities of one's own (XML bombs, files read from elsewhere), endless depth, other encodings
// than UTF-8. Also: duplicate attributes, prefixes without a declaration.
std::optional<xml_element> parse_xml(diagnostics& errors, const xml_limits& limits = {});

// Octets of the raw value that lie before decoded octet `decoded` (entities are longer than what
// they stand for). `raw` starts behind the quote.
std::size_t raw_offset(std::string_view raw, std::size_t decoded);

}  // namespace gateway
