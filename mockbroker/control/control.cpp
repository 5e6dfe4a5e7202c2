#include "mockbroker/control/control.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "mockbroker/control/calls.hpp"
#include "mockbroker/control/page.hpp"
#include "stomp/text.hpp"

namespace mockbroker {

namespace json = boost::json;

namespace {

constexpr std::string_view root = "/__mock/";
constexpr std::size_t largest_body = 16 * 1024 * 1024;

// Whether `path` has the form of `pattern`; its parameters then.
bool fits(std::string_view pattern, std::string_view path, std::vector<std::string>& parameters) {
  while (true) {
    const auto own = std::min(pattern.find('/'), pattern.size());
    const auto given = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, given);
    if (pattern.substr(0, own) == "{}" && !part.empty()) {
      parameters.push_back(net::percent_decode(part).value_or(std::string(part)));
    } else if (pattern.substr(0, own) != part) {
      return false;
    }
    if (own == pattern.size() || given == path.size()) {
      return own == pattern.size() && given == path.size();
    }
    pattern.remove_prefix(own + 1);
    path.remove_prefix(given + 1);
  }
}

bool is_foreign(const net::http_request& request) {
  const auto origin = request.headers.get("Origin");
  if (!origin) return false;
  const auto host = request.headers.get("Host").value_or("");
  return *origin != "http://" + std::string(host);
}

// A name in DNS can be made to lead to this machine (rebinding), which makes a page from elsewhere
// look like one of ours. An address or "localhost" cannot.
bool names_this_machine(const net::http_request& request) {
  std::string_view host = request.headers.get("Host").value_or("localhost");
  if (host.starts_with('[')) return true;
  host = host.substr(0, host.rfind(':'));
  return net::iequals(host, "localhost") ||
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

net::http_response control::refuse(const net::http_error& error) {
  return answer(refusal{error.status, error.detail});
}

net::task<net::http_response> control::handle(net::http_request& request) {
  if (is_foreign(request)) co_return answer(refusal{403, "pages from elsewhere may not call"});
  if (parts_.is_local && !names_this_machine(request)) {
    co_return answer(refusal{403, "only localhost and addresses are good as Host here"});
  }
  std::string_view path = request.path();
  if (auto file = page_file(path)) co_return std::move(*file);
  if (!path.starts_with(root)) {
    co_return answer(refusal{404, "calls begin with " + std::string(root)});
  }
  path.remove_prefix(root.size());
  auto text = co_await net::read_all(request.body.get(), largest_body);
  if (!text) co_return answer(refusal{413, "the body is larger than 16 MiB"});
  call c{parts_, {}, net::parse_form(request.query()), nullptr};
  if (!text->empty()) {
    boost::system::error_code wrong;
    c.body = json::parse(*text, wrong);
    if (wrong) co_return answer(refusal{400, "the body is no JSON: " + wrong.message()});
  }
  const call_row* found = nullptr;
  bool other_method = false;
  for (const auto& r : call_rows()) {
    std::vector<std::string> parameters;
    if (!fits(r.path, path, parameters)) continue;
    other_method = true;
    if (r.method != request.method) continue;
    found = &r;
    c.parameters = std::move(parameters);
  }
  if (found == nullptr) {
    std::vector<std::string_view> known;
    for (const auto& r : call_rows()) known.push_back(r.path);
    co_return answer(other_method ? refusal{405, request.method + " is not for this path"}
                                  : refusal{404, "there is no call '" + std::string(path) + "'" +
                                                     stomp::suggestion(path, known)});
  }
  std::optional<refusal> refused;
  try {
    check(*found, c);
    co_return co_await found->run(c);
  } catch (const refusal& r) {
    refused = r;
  }
  co_return answer(*refused);
}

}  // namespace mockbroker
