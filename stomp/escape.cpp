#include "stomp/escape.hpp"

namespace stomp {
namespace {

// The octet that `\code` stands for in `v`, or 0.
char decoded(char code, version v) noexcept {
  switch (code) {
    case 'n':
      return '\n';
    case 'c':
      return ':';
    case '\\':
      return '\\';
    case 'r':
      return v == version::v1_2 ? '\r' : '\0';
    default:
      return '\0';
  }
}

}  // namespace

bool unescape(std::string_view text, version v, escape_rule unknown, std::string& out) {
  out.clear();
  if (v == version::v1_0 || text.find('\\') == std::string_view::npos) {
    out.assign(text);
    return true;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    const char octet = i + 1 < text.size() ? decoded(text[i + 1], v) : '\0';
    if (octet != '\0') {
      out += octet;
      ++i;
    } else if (unknown == escape_rule::fatal) {
      return false;
    } else {
      out += '\\';
    }
  }
  return true;
}

bool escape(std::string_view text, version v, std::string& out) {
  for (char c : text) {
    const bool unknown =
        c == '\0' || (c == '\r' && v != version::v1_2) || (c == '\n' && v == version::v1_0);
    if (unknown) return false;
  }
  escape_known(text, v, out);
  return true;
}

void escape_known(std::string_view text, version v, std::string& out) {
  if (v == version::v1_0) {
    out.append(text);
    return;
  }
  for (char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == ':') {
      out += "\\c";
    } else if (c == '\\') {
      out += "\\\\";
    } else if (c == '\r' && v == version::v1_2) {
      out += "\\r";
    } else {
      out += c;
    }
  }
}

}  // namespace stomp
