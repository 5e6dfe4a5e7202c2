#include "gateway/core/problem.hpp"

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <charconv>

#include "gateway/core/text.hpp"
#include "net/http_fields.hpp"

namespace gateway {

namespace {

struct row {
  failure why;
  int status;
  std::string_view title;
  std::string_view type;
};

// Titles and categories as in Membrane where it has the case.
constexpr std::array rows = {
    row{failure::no_matching_proxy, 404, "Invalid path or method", "user"},
    row{failure::not_found, 404, "Not Found", "user"},
    row{failure::connection_refused, 502, "Bad Gateway", "gateway"},
    row{failure::connection_lost, 502, "Bad Gateway", "gateway"},
    row{failure::connect_timeout, 502, "Bad Gateway", "gateway"},
    row{failure::upstream_timeout, 504, "Gateway Timeout", "gateway"},
    row{failure::name_not_found, 502, "Gateway error.", "gateway"},
    row{failure::upstream_protocol, 502, "Bad Gateway", "gateway"},
    row{failure::upstream_tls, 502, "Bad Gateway", "gateway"},
    row{failure::bad_destination, 400, "Request path or 'Host' header is malformed", "user"},
    row{failure::bad_path, 400, "Request path contains an invalid character.", "user"},
    row{failure::bad_request, 400, "Bad Request", "user"},
    row{failure::request_timeout, 408, "Request Timeout", "user"},
    row{failure::upgrade_denied, 403, "Protocol upgrade has been denied.", "security"},
    row{failure::unauthorized, 401, "Unauthorized", "security"},
    row{failure::forbidden, 403, "Forbidden", "security"},
    row{failure::method_not_allowed, 405, "Method Not Allowed", "user"},
    row{failure::body_too_large, 413, "Content Too Large", "user"},
    row{failure::target_too_long, 414, "URI Too Long", "user"},
    row{failure::bad_range, 416, "Range Not Satisfiable", "user"},
    row{failure::head_too_large, 431, "Request Header Fields Too Large", "user"},
    row{failure::misdirected, 421, "Misdirected Request", "user"},
    row{failure::too_many_requests, 429, "Too Many Requests", "user"},
    row{failure::element_failed, 500, "Internal server error.", "internal"},
    row{failure::no_response, 500, "Internal server error.", "internal"},
    row{failure::method_unknown, 501, "Not Implemented", "user"},
    row{failure::overloaded, 503, "Service unavailable", "gateway"},
    row{failure::unavailable, 503, "Service unavailable", "gateway"},
};

std::string quoted(std::string_view text) {
  return boost::json::serialize(boost::json::value(boost::json::string(text)));
}

// Weight of one media range in thousandths; a malformed weight counts as 0.
int weight(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto end = parameters.find(';');
    const auto one = net::trimmed(parameters.substr(0, end));
    if (one.size() > 2 && (one[0] == 'q' || one[0] == 'Q') && one[1] == '=') {
      double q = 0;
      const auto text = one.substr(2);
      const auto read = std::from_chars(text.data(), text.data() + text.size(), q);
      if (read.ec != std::errc{} || !(q >= 0 && q <= 1)) return 0;
      return static_cast<int>(q * 1000);
    }
    if (end == std::string_view::npos) break;
    parameters.remove_prefix(end + 1);
  }
  return 1000;
}

}  // namespace

problem make_problem(failure why, std::string detail) {
  for (const row& r : rows)
    if (r.why == why)
      return {r.status, std::string(r.title),
              "https://membrane-api.io/problems/" + std::string(r.type), std::move(detail)};
  return {500, "Internal server error.", "https://membrane-api.io/problems/internal",
          std::move(detail)};
}

std::string problem_json(const problem& p) {
  std::string out = "{\n  \"title\": " + quoted(p.title) + ",\n  \"type\": " + quoted(p.type) +
                    ",\n  \"status\": " + std::to_string(p.status);
  if (!p.detail.empty()) out += ",\n  \"detail\": " + quoted(p.detail);
  return out + "\n}\n";
}

problem parse_problem(int status, std::string_view json) {
  problem out{status, std::string(net::reason_phrase(status)), {}, {}};
  boost::system::error_code wrong;
  const auto parsed = boost::json::parse(json, wrong);
  const auto* fields = wrong ? nullptr : parsed.if_object();
  if (!fields) return out;
  const auto text = [&](const char* name, std::string& into) {
    const auto* value = fields->if_contains(name);
    if (const auto* s = value ? value->if_string() : nullptr) into = std::string(*s);
  };
  text("title", out.title);
  text("type", out.type);
  text("detail", out.detail);
  return out;
}

std::string problem_html(const problem& p) {
  const std::string head =
      std::to_string(p.status) + " " + std::string(net::reason_phrase(p.status));
  std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>" +
                    net::html_escape(head) + "</title></head>\n<body>\n<h1>" +
                    net::html_escape(head) + "</h1>\n";
  if (p.title != net::reason_phrase(p.status)) out += "<p>" + net::html_escape(p.title) + "</p>\n";
  if (!p.detail.empty()) out += "<p>" + net::html_escape(p.detail) + "</p>\n";
  return out + "</body>\n</html>\n";
}

bool prefers_html(const net::http_request& request) {
  const auto accept = request.headers.joined("Accept");
  if (!accept) return false;
  int html = 0;
  int json = 0;
  std::string_view rest = *accept;
  while (!rest.empty()) {
    const auto end = rest.find(',');
    const auto range = rest.substr(0, end);
    const auto type = net::trimmed(range.substr(0, range.find(';')));
    const int w = range.size() > type.size() && range.find(';') != std::string_view::npos
                      ? weight(range.substr(range.find(';') + 1))
                      : 1000;
    if (net::iequals(type, "text/html") || net::iequals(type, "application/xhtml+xml"))
      html = std::max(html, w);
    if (net::iequals(type, "application/json") || net::iequals(type, "application/problem+json"))
      json = std::max(json, w);
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return html > 0 && html >= json;
}

net::http_response problem_response(const problem& p, const net::http_request& request) {
  auto response = prefers_html(request)
                      ? net::make_response(p.status, "text/html; charset=utf-8", problem_html(p))
                      : net::make_response(p.status, "application/problem+json", problem_json(p));
  // An error page must not be stored in place of the page, nor run anything.
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Content-Type-Options", "nosniff");
  return response;
}

net::http_response problem_response(failure why, const net::http_request& request,
                                    std::string detail) {
  return problem_response(make_problem(why, std::move(detail)), request);
}

}  // namespace gateway
