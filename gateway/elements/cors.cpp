// <cors>: lets pages of other origins in (Fetch Standard, HTTP CORS protocol).
#include <algorithm>
#include <set>

#include "gateway/core/descriptor.hpp"
#include "gateway/core/problem.hpp"
#include "net/http_fields.hpp"

namespace gateway {

namespace {

// Words of a list with blanks or commas between them.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  std::string word;
  for (const char c : text) {
    if (c != ' ' && c != ',' && c != '\t' && c != '\n') {
      word += c;
    } else if (!word.empty()) {
      out.push_back(std::exchange(word, {}));
    }
  }
  if (!word.empty()) out.push_back(word);
  return out;
}
std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& w : words) out += (out.empty() ? "" : ", ") + w;
  return out;
}
bool has_any(const std::vector<std::string>& words) {
  return std::find(words.begin(), words.end(), "*") != words.end();
}

struct cors_rules {
  bool allows_all = false;  // every origin, method and header
  std::vector<std::string> origins{};
  std::vector<std::string> methods{};
  std::vector<std::string> headers{};
  std::string exposed{};
  bool credentials = false;
  std::string max_age{};
};

class cors final : public sync_element {
 public:
  explicit cors(cors_rules rules) : rules_(std::move(rules)) {}

  outcome request_now(exchange& ex) const override {
    const auto origin = ex.request.headers.get("Origin");
    const auto method = ex.request.headers.get("Access-Control-Request-Method");
    if (!origin || !method || ex.request.method != "OPTIONS") return outcome::proceed;
    const auto wanted = words_of(
        ex.request.headers.joined("Access-Control-Request-Headers").value_or(std::string()));
    if (!allows(*origin)) return refuse(ex, "The origin is not allowed.");
    if (!allows_method(*method)) return refuse(ex, "The method is not allowed.");
    if (!allows_headers(wanted)) return refuse(ex, "A header is not allowed.");
    net::http_response answer;
    answer.status = 204;
    tell(answer.headers, *origin);
    answer.headers.set("Access-Control-Allow-Methods",
                       any_method() ? std::string(*method) : joined(rules_.methods));
    if (!wanted.empty()) answer.headers.set("Access-Control-Allow-Headers", joined(wanted));
    answer.headers.set("Access-Control-Max-Age", rules_.max_age);
    ex.response = std::move(answer);
    return outcome::respond;
  }
  outcome response_now(exchange& ex) const override {
    note(ex);
    return outcome::proceed;
  }
  // Pages may read errors as well.
  void abort_now(exchange& ex) const override { note(ex); }

 private:
  void note(exchange& ex) const {
    const auto origin = ex.request.headers.get("Origin");
    if (!ex.response || ex.response->headers.contains("Access-Control-Allow-Origin")) return;
    if (origin && allows(*origin)) {
      tell(ex.response->headers, *origin);
      if (!rules_.exposed.empty()) {
        ex.response->headers.set("Access-Control-Expose-Headers", rules_.exposed);
      }
    } else if (!any_origin()) {
      ex.response->headers.add("Vary", "Origin");
    }
  }

  void tell(net::header_list& headers, std::string_view origin) const {
    if (any_origin() && !rules_.credentials) {
      headers.set("Access-Control-Allow-Origin", "*");
      return;
    }
    headers.set("Access-Control-Allow-Origin", origin);
    headers.add("Vary", "Origin");
    if (rules_.credentials) headers.set("Access-Control-Allow-Credentials", "true");
  }

  static outcome refuse(exchange& ex, std::string why) {
    ++ex.world.count.forbidden;
    ex.response = problem_response(failure::forbidden, ex.request, std::move(why));
    return outcome::respond;
  }

  bool any_origin() const { return rules_.allows_all || has_any(rules_.origins); }
  bool any_method() const { return rules_.allows_all || has_any(rules_.methods); }
  // "null" is every sandboxed page and every file: only when it is named.
  bool allows(std::string_view origin) const {
    if (std::find(rules_.origins.begin(), rules_.origins.end(), origin) != rules_.origins.end()) {
      return true;
    }
    return any_origin() && origin != "null";
  }
  bool allows_method(std::string_view method) const {
    return any_method() ||
           std::find(rules_.methods.begin(), rules_.methods.end(), method) != rules_.methods.end();
  }
  bool allows_headers(const std::vector<std::string>& wanted) const {
    if (rules_.allows_all || has_any(rules_.headers)) return true;
    return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& one) {
      return std::any_of(rules_.headers.begin(), rules_.headers.end(),
                         [&](const std::string& known) { return net::iequals(one, known); });
    });
  }

  cors_rules rules_;
};

void check(const element_node& node, const cors_rules& rules, build_context& context) {
  const bool any = rules.allows_all || has_any(rules.origins);
  if (rules.credentials && any) {
    context.error(node, *node.find("credentials"), 0,
                  "cannot be true for every origin (Fetch Standard); name them in 'origins'");
  }
  const attribute_value& origins = *node.find("origins");
  for (const auto& each : rules.origins) {
    const auto scheme = each.find("://");
    const bool has_path =
        scheme != std::string::npos && each.find('/', scheme + 3) != std::string::npos;
    if (each == "*" || each == "null" || (scheme != std::string::npos && !has_path)) continue;
    context.error(node, origins, origins.text.find(each),
                  "must be origins such as https://example.org, without a path");
  }
}

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  cors_rules rules;
  rules.allows_all = node.boolean("allowAll");
  rules.origins = words_of(node.value("origins"));
  rules.methods = words_of(node.value("methods"));
  rules.headers = words_of(node.value("headers"));
  rules.exposed = joined(words_of(node.value("exposeHeaders")));
  rules.credentials = node.boolean("credentials");
  rules.max_age = node.value("maxAge");
  check(node, rules, context);
  return std::make_unique<cors>(std::move(rules));
}

}  // namespace

const element_descriptor& cors_element() {
  static const element_descriptor d{
      .name = "cors",
      .doc =
          "Answers preflight requests of pages of other origins (204, or 403), and lets them "
          "read answers.",
      .example =
          R"(<cors origins="https://shop.example.org" methods="GET PUT" credentials="true"/>)",
      .attributes =
          {{.name = "allowAll",
            .type = attribute_type::boolean,
            .doc = "Every origin, method and header.",
            .default_value = "false"},
           {.name = "origins",
            .doc = "Origins that may, separated by blanks or commas; '*': every one but 'null', "
                   "which must "
                   "be named.",
            .default_value = "*"},
           {.name = "methods",
            .doc = "Methods that they may use, separated in the same way.",
            .default_value = "*"},
           {.name = "headers",
            .doc = "Request headers that they may set, separated in the same way; '*': all."},
           {.name = "exposeHeaders", .doc = "Headers of answers that they may read."},
           {.name = "credentials",
            .type = attribute_type::boolean,
            .doc = "With cookies and logins.",
            .default_value = "false"},
           {.name = "maxAge",
            .type = attribute_type::integer,
            .doc = "How long a browser may remember the answer to a preflight.",
            .default_value = "5",
            .unit = "s",
            .min = 0,
            .max = 86400}},
      .make = make,
      .http_only = true,
  };
  return d;
}

}  // namespace gateway
