#include "harness/ladder/arrival.hpp"

namespace harness::ladder {

std::string printable(std::string_view text, std::size_t most) {
  std::string out = "\"";
  for (const char c : text.substr(0, most)) {
    const auto u = static_cast<unsigned char>(c);
    constexpr std::string_view digits = "0123456789abcdef";
    if (c == '\n') {
      out += "\\n";
    } else if (c == '"' || c == '\\') {
      out += std::string("\\") + c;
    } else if (c == '\0') {
      out += "\\0";
    } else if (u < 0x20 || u == 0x7f) {
      out += std::string("\\x") + digits[u >> 4U] + digits[u & 15U];
    } else {
      out += c;
    }
  }
  out += '"';
  if (text.size() > most) out += "... (" + std::to_string(text.size()) + " octets)";
  return out;
}

std::string to_string(const arrival& a) {
  switch (a.what) {
    case arrival::kind::beat:
      return "beat";
    case arrival::kind::pong:
      return "pong " + printable(a.text);
    case arrival::kind::garbage:
      return "octets " + printable(a.text);
    case arrival::kind::close:
      return "close " + std::to_string(a.code) + (a.text.empty() ? "" : " " + printable(a.text));
    case arrival::kind::head:
    case arrival::kind::frame:
      break;
  }
  std::string out = a.frame.command;
  for (const auto& [name, text] : a.frame.headers) out += " " + name + "=" + printable(text);
  if (!a.frame.body.empty()) out += " body=" + printable(a.frame.body, 160);
  return out;
}

}  // namespace harness::ladder
