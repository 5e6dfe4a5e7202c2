// <rewriter>: changes path and query of requests, or redirects.
#include <algorithm>

#include "gateway/core/descriptor.hpp"
#include "gateway/core/problem.hpp"
#include "gateway/core/replacement.hpp"

namespace gateway {

namespace {

// Octets of a URI that are read, counted again for each replacement: 8 KiB may have 16.
constexpr std::size_t budget = 128 * 1024;
// Of what comes out, as for what comes in.
constexpr std::size_t longest_uri = 8 * 1024;

struct rule {
  replacement how;
  int redirect = 0;        // status; 0: rewrite
  bool elsewhere = false;  // `to` names a host
};

bool is_absolute(std::string_view uri) {
  for (const std::string_view scheme : {"http://", "https://"})
    if (net::iequals(uri.substr(0, scheme.size()), scheme)) return true;
  return false;
}

bool is_uri_octet(char c) { return c > ' ' && c < 0x7f && c != '\\' && c != '#'; }

// "//host" and "/\host" lead elsewhere: what a client wrote must not.
std::string without_host(std::string uri) {
  const auto first = std::min(uri.find_first_not_of("/\\"), uri.size());
  return uri.replace(0, first, "/");
}

net::http_response redirect_to(int status, const std::string& uri) {
  const std::string shown = net::html_escape(uri);
  auto answer = net::make_response(status, "text/html; charset=utf-8",
                                   "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta "
                                   "charset=\"utf-8\"><title>Moved</title></head>\n"
                                   "<body>\n<p>Moved to <a href=\"" +
                                       shown + "\">" + shown + "</a>.</p>\n</body>\n</html>\n");
  answer.headers.set("Location", uri);
  return answer;
}

class rewriter final : public sync_element {
 public:
  explicit rewriter(std::vector<rule> rules) : rules_(std::move(rules)) {}

  outcome request_now(exchange& ex) const override {
    const std::string uri(origin_form(ex.request.target));
    for (const rule& r : rules_) {
      const auto changed = r.how.apply(uri, budget);
      if (!changed)
        return refuse(ex, failure::target_too_long, "The URI is too long to be rewritten.");
      if (changed->count == 0) continue;
      return r.redirect == 0 ? rewrite(ex, changed->text) : redirect(ex, r, changed->text);
    }
    return outcome::proceed;
  }
  outcome response_now(exchange&) const override { return outcome::proceed; }

 private:
  static outcome refuse(exchange& ex, failure why, std::string detail) {
    ++ex.world.count.replacing_refused;
    ex.response = problem_response(why, ex.request, std::move(detail));
    return outcome::abort;
  }
  static outcome rewrite(exchange& ex, const std::string& uri) {
    if (uri.size() > longest_uri)
      return refuse(ex, failure::target_too_long, "The rewritten URI is too long.");
    if (!uri.starts_with('/'))
      return refuse(ex, failure::bad_path, "The rewritten path does not begin with '/'.");
    ex.request.target = uri;
    return outcome::proceed;
  }
  static outcome redirect(exchange& ex, const rule& r, const std::string& changed) {
    const std::string uri = r.elsewhere ? changed : without_host(changed);
    if (uri.size() > longest_uri)
      return refuse(ex, failure::target_too_long, "The rewritten URI is too long.");
    if (r.elsewhere && !is_absolute(uri))
      return refuse(ex, failure::bad_path, "The URI cannot be redirected.");
    ex.response = redirect_to(r.redirect, uri);
    return outcome::respond;
  }

  std::vector<rule> rules_;
};

int redirect_status(std::string_view action, bool elsewhere) {
  if (action.size() > 9 && net::iequals(action.substr(9), "permanent")) return 301;
  return elsewhere || !net::iequals(action, "rewrite") ? 307 : 0;
}

std::optional<rule> make_rule(const element_node& node, build_context& context) {
  const attribute_value& to = *node.find("to");
  auto compiled = replacement::compile(node.value("from"), to.text);
  if (const auto* wrong = std::get_if<replacement::error>(&compiled)) {
    context.error(node, wrong->in_pattern ? *node.find("from") : to, wrong->what.offset,
                  wrong->what.message);
    return std::nullopt;
  }
  rule made;
  made.how = std::get<replacement>(std::move(compiled));
  const auto bad = std::find_if_not(to.text.begin(), to.text.end(),
                                    [](char c) { return c == '\\' || is_uri_octet(c); });
  if (bad != to.text.end())
    context.error(node, to, static_cast<std::size_t>(bad - to.text.begin()),
                  "has a character that no URI of a request can have; write it as %XX");
  made.elsewhere = is_absolute(to.text);
  made.redirect = redirect_status(node.value("do"), made.elsewhere);
  // A group at the beginning of `to` would let clients say where to.
  if (made.elsewhere && made.how.leading_text().find('/', 8) == std::string_view::npos &&
      to.text.find('$') != std::string::npos)
    context.error(node, to, 0, "must have a '/' between the host and the first group");
  return made;
}

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  std::vector<rule> rules;
  for (const element_node& child : node.children)
    if (auto made = make_rule(child, context)) rules.push_back(std::move(*made));
  return std::make_unique<rewriter>(std::move(rules));
}

}  // namespace

const element_descriptor& rewriter_element() {
  static const element_descriptor d{
      .name = "rewriter",
      .doc =
          "Changes path and query of requests, or redirects. The first <map> whose pattern fits is "
          "used, the others are not.",
      .example = R"xml(<rewriter>
  <map from="^/shop/(.*)" to="/v2/shops/$1"/>
  <map from="^/old/?(.*)" to="https://old.example.com/$1" do="redirect-permanent"/>
</rewriter>)xml",
      .children = {{.names = {"map"}, .min = 1}},
      .make = make,
      .http_only = true,
  };
  return d;
}

}  // namespace gateway
