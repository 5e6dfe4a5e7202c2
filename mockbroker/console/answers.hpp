// HTTP responses of the console, with the headers that guard them (facts: ActiveMQ 5.1).
#pragma once

#include <string>
#include <string_view>

#include "net/http_types.hpp"

namespace mockbroker::web {

net::http_response answer(int status, std::string_view content_type, std::string body);
net::http_response html(int status, std::string document);
// A document of XML 1.0: what has no place in one (control characters, ill-formed UTF-8) is
// replaced.
net::http_response xml(const std::string& document);
// 302 to `path` of this host, written out in full as Jetty does.
net::http_response redirect(const net::http_request& request, std::string_view path);
// The console's static pages: 404 and 500. `why` is ours; ActiveMQ sends its users to a log.
net::http_response not_found();
net::http_response failed(std::string_view why);
// The HTTP server's own page of an error: "HTTP ERROR 403 !role".
net::http_response http_error_page(int status, std::string_view reason, std::string_view path);

}  // namespace mockbroker::web
