// ClientHellos for tests, with what one wants to be wrong.
#pragma once

#include <string>
#include <string_view>

namespace client_hellos {

inline std::string number(std::size_t value, unsigned octets) {
  std::string out;
  for (unsigned i = octets; i-- > 0;) out += static_cast<char>(value >> (8 * i) & 0xffU);
  return out;
}
inline std::string vector(std::string_view content, unsigned length_octets) {
  return number(content.size(), length_octets) + std::string(content);
}
inline std::string extension(unsigned type, std::string_view content) {
  return number(type, 2) + vector(content, 2);
}
inline std::string host(std::string_view name) { return std::string(1, '\0') + vector(name, 2); }
inline std::string server_name(std::string_view name) {
  return extension(0, vector(host(name), 2));
}
inline std::string hello_body(std::string_view extensions) {
  return "\x03\x03" + std::string(32, 'r') + vector(std::string(32, 's'), 1) +
         vector("\x13\x01\x13\x02", 2) + vector(std::string(1, '\0'), 1) + vector(extensions, 2);
}
inline std::string message(std::string_view body, char type = 1) { return type + vector(body, 3); }
// `payload` in records of at most `size` octets.
inline std::string records(std::string_view payload, std::size_t size = 16384) {
  std::string out;
  for (std::size_t at = 0; at < payload.size(); at += size)
    out += "\x16\x03\x01" + vector(payload.substr(at, size), 2);
  return out;
}
// A whole one that asks for `name`, behind an extension that nobody knows.
inline std::string hello(std::string_view name) {
  return records(message(hello_body(extension(0x3a3a, "") + server_name(name))));
}

}  // namespace client_hellos
