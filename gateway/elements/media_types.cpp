#include "gateway/elements/media_types.hpp"

#include <array>

#include "net/http_types.hpp"

namespace gateway {

namespace {

struct row {
  std::string_view suffix;
  std::string_view type;
};

constexpr auto rows = std::to_array<row>({
    {"html", "text/html; charset=utf-8"},
    {"htm", "text/html; charset=utf-8"},
    {"css", "text/css; charset=utf-8"},
    // As Membrane names it.
    {"js", "application/javascript; charset=utf-8"},
    {"mjs", "application/javascript; charset=utf-8"},
    {"json", "application/json"},
    {"map", "application/json"},
    {"webmanifest", "application/manifest+json"},
    {"txt", "text/plain; charset=utf-8"},
    {"md", "text/markdown; charset=utf-8"},
    {"csv", "text/csv; charset=utf-8"},
    {"xml", "text/xml; charset=utf-8"},
    {"xsd", "text/xml; charset=utf-8"},
    {"wsdl", "text/xml; charset=utf-8"},
    {"svg", "image/svg+xml"},
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"gif", "image/gif"},
    {"webp", "image/webp"},
    {"avif", "image/avif"},
    {"ico", "image/x-icon"},
    {"woff", "font/woff"},
    {"woff2", "font/woff2"},
    {"ttf", "font/ttf"},
    {"otf", "font/otf"},
    {"wasm", "application/wasm"},
    {"pdf", "application/pdf"},
    {"zip", "application/zip"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"webm", "video/webm"},
});

}  // namespace

std::string_view media_type_of(std::string_view file_name) noexcept {
  const auto dot = file_name.rfind('.');
  if (dot != file_name.npos)
    for (const row& r : rows)
      if (net::iequals(r.suffix, file_name.substr(dot + 1))) return r.type;
  return "application/octet-stream";
}

bool is_text_type(std::string_view content_type) noexcept {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  const auto ends = [type](std::string_view end) {
    return type.size() >= end.size() && net::iequals(type.substr(type.size() - end.size()), end);
  };
  return (type.size() > 5 && net::iequals(type.substr(0, 5), "text/")) || ends("json") ||
         ends("xml") || ends("javascript") || ends("x-www-form-urlencoded");
}

}  // namespace gateway
