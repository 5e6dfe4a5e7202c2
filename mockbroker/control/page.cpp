#include "mockbroker/control/page.hpp"

#include <algorithm>
#include <array>

#include "net/asset.hpp"

namespace mockbroker {

namespace control_files {
extern const std::span<const net::asset> assets;
}

namespace {

struct file {
  std::string_view path;
  std::string_view name;
  std::string_view type;
};
constexpr std::array files{file{"/", "page.html", "text/html; charset=utf-8"},
                           file{"/control.css", "control.css", "text/css; charset=utf-8"},
                           file{"/control.js", "control.js", "text/javascript; charset=utf-8"},
                           file{"/icon.svg", "icon.svg", "image/svg+xml"}};

}  // namespace

std::optional<net::http_response> page_file(std::string_view path) {
  const auto wanted =
      std::find_if(files.begin(), files.end(), [&](const file& each) { return each.path == path; });
  if (wanted == files.end()) return std::nullopt;
  const auto found =
      std::find_if(control_files::assets.begin(), control_files::assets.end(),
                   [&](const net::asset& each) { return each.name == wanted->name; });
  auto response = net::make_response(200, wanted->type, std::string(found->bytes));
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("X-Frame-Options", "DENY");
  response.headers.set("Content-Security-Policy",
                       "default-src 'none'; style-src 'self'; script-src 'self'; "
                       "connect-src 'self'; img-src 'self'; form-action 'none'; "
                       "base-uri 'none'; frame-ancestors 'none'");
  return response;
}

}  // namespace mockbroker
