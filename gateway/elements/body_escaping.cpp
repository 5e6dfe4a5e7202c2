#include "gateway/elements/body_escaping.hpp"

#include <boost/json.hpp>

#include "net/http_fields.hpp"

namespace gateway {

namespace {

std::string escape_json(std::string_view text) {
  std::string quoted = boost::json::serialize(boost::json::value(boost::json::string(text)));
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

text_template::escaping escaping_for(std::string_view content_type) noexcept {
  const auto type = net::trimmed(content_type.substr(0, content_type.find(';')));
  // "application/problem+json" is JSON, too.
  const auto kind = type.substr(std::min(type.find_last_of("/+") + 1, type.size()));
  if (net::iequals(kind, "json")) return escape_json;
  if (net::iequals(kind, "xml") || net::iequals(kind, "html")) return net::html_escape;
  return nullptr;
}

}  // namespace gateway
