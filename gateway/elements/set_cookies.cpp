// <setCookies>: cookies for the client, with the response.
#include <algorithm>
#include <array>
#include <set>

#include "gateway/core/descriptor.hpp"
#include "gateway/core/text.hpp"
#include "net/http_fields.hpp"

namespace gateway {

namespace {

// RFC 6265 4.1.1.
bool is_cookie_octet(char c) {
  return c > ' ' && c < 0x7f && std::string_view("\",;\\").find(c) == std::string_view::npos;
}

std::string escape_octets(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (is_cookie_octet(c) && c != '%')
      out += c;
    else
      out += {'%', digits[octet >> 4U], digits[octet & 15U]};
  }
  return out;
}

struct cookie {
  std::string name;
  text_template value;
  std::string attributes;  // "; Path=/; ..."
};

class set_cookies final : public sync_element {
 public:
  explicit set_cookies(std::vector<cookie> cookies) : cookies_(std::move(cookies)) {}

  outcome request_now(exchange&) const override { return outcome::proceed; }
  outcome response_now(exchange& ex) const override {
    if (!ex.response) return outcome::proceed;
    for (const cookie& c : cookies_)
      ex.response->headers.add(
          "Set-Cookie", c.name + "=" + c.value.render(ex, flow_direction::response, escape_octets) +
                            c.attributes);
    return outcome::proceed;
  }

 private:
  std::vector<cookie> cookies_;
};

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7).
bool is_http_date(std::string_view text) {
  constexpr std::string_view form = "Www, 00 Mmm 0000 00:00:00 GMT";
  constexpr std::string_view days = "Mon Tue Wed Thu Fri Sat Sun ";
  constexpr std::string_view months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec ";
  if (text.size() != form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    const bool name = i < 3 || (i >= 8 && i < 11);
    if (form[i] == '0' ? !digit : !name && text[i] != form[i]) return false;
  }
  return days.find(std::string(text.substr(0, 3)) + " ") % 4 == 0 &&
         months.find(std::string(text.substr(8, 3)) + " ") % 4 == 0;
}

// Where `text` has an octet that `allowed` refuses.
template <class Allowed>
std::optional<std::size_t> first_wrong(std::string_view text, Allowed allowed) {
  const auto at = std::find_if_not(text.begin(), text.end(), allowed);
  if (at == text.end()) return std::nullopt;
  return static_cast<std::size_t>(at - text.begin());
}

bool is_attribute_octet(char c) { return c >= ' ' && c < 0x7f && c != ';'; }

void check(const element_node& node, build_context& context) {
  const attribute_value& name = *node.find("name");
  if (!net::is_token(name.text)) context.error(node, name, 0, "must be the name of a cookie");
  const attribute_value& value = *node.find("value");
  if (node.templated("value").is_constant()) {
    if (const auto at = first_wrong(value.text, is_cookie_octet))
      context.error(node, value, *at, "has a character that no cookie can have; write it as %XX");
  }
  for (const std::string_view each : {"path", "domain"}) {
    const attribute_value* a = node.find(each);
    const auto at = a ? first_wrong(a->text, is_attribute_octet) : std::nullopt;
    if (at) context.error(node, *a, *at, "has a character that cannot stand in a cookie");
  }
  if (const attribute_value& path = *node.find("path"); !path.text.starts_with('/'))
    context.error(node, path, 0, "must begin with '/'");
  if (const attribute_value* until = node.find("expires"); until && !is_http_date(until->text))
    context.error(node, *until, 0, "must be a date as 'Sun, 06 Nov 1994 08:49:37 GMT'");
  const bool secure = node.boolean("secure");
  if (const attribute_value& site = *node.find("sameSite");
      net::iequals(site.text, "NONE") && !secure)
    context.error(node, site, 0, "needs secure=\"true\": browsers refuse the cookie without");
  const bool host_only = name.text.starts_with("__Host-");
  if (!secure && (host_only || name.text.starts_with("__Secure-")))
    context.error(node, name, 0, "has a prefix that needs secure=\"true\"");
  if (host_only && (node.find("domain") || node.value("path") != "/"))
    context.error(node, name, 0, "has a prefix that allows no domain and only the path '/'");
}

std::string attributes_of(const element_node& node) {
  std::string out;
  if (node.find("domain")) out += "; Domain=" + node.value("domain");
  out += "; Path=" + node.value("path");
  if (node.find("expires")) out += "; Expires=" + node.value("expires");
  if (node.integer("maxAge") >= 0) out += "; Max-Age=" + std::to_string(node.integer("maxAge"));
  if (node.boolean("secure")) out += "; Secure";
  if (node.boolean("httpOnly")) out += "; HttpOnly";
  const std::string& site = node.value("sameSite");
  return out + "; SameSite=" +
         (net::iequals(site, "LAX")      ? "Lax"
          : net::iequals(site, "STRICT") ? "Strict"
                                         : "None");
}

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  std::vector<cookie> cookies;
  std::set<std::array<std::string, 3>> seen;
  for (const element_node& child : node.children) {
    check(child, context);
    const std::string& name = child.value("name");
    if (!seen.insert({name, child.value("domain"), child.value("path")}).second)
      context.error(child, *child.find("name"), 0, "sets a cookie for the second time");
    cookies.push_back({name, child.templated("value"), attributes_of(child)});
  }
  return std::make_unique<set_cookies>(std::move(cookies));
}

}  // namespace

const element_descriptor& set_cookies_element() {
  static const element_descriptor d{
      .name = "setCookies",
      .doc = "Gives the client cookies, on the way back.",
      .example = R"(<setCookies>
  <cookie name="lang" value="en" maxAge="3600"/>
  <cookie name="shop" value="${params.shop}" secure="true" httpOnly="true" sameSite="STRICT"/>
</setCookies>)",
      .children = {{.names = {"cookie"}, .min = 1}},
      .make = make,
      .http_only = true,
  };
  return d;
}

}  // namespace gateway
