// <accessLog>: a line for each exchange, in the form that Apache calls "combined".
#include <algorithm>

#include "gateway/core/descriptor.hpp"
#include "gateway/core/script.hpp"
#include "gateway/core/text.hpp"
#include "gateway/elements/date_pattern.hpp"
#include "gateway/elements/masking.hpp"
#include "net/http_fields.hpp"

namespace gateway {

namespace {

constexpr std::size_t longest_value = 1000;  // characters
constexpr std::size_t most_variables = 32;
// Where the time and the request line are kept, as elements may change the request.
constexpr std::string_view kept_start = "accessLog.start";

struct variable {
  std::string name;
  expression value;
  std::string absent;
};

struct settings {
  std::string absent;
  date_pattern dates;
  bool payload_size = true;
  std::vector<variable> variables;
  std::shared_ptr<const secret_names> secrets;
};

// Peers must not end a value, nor forge a line.
std::string in_quotes(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return "\"" + printable(escaped, longest_value) + "\"";
}

class access_log final : public sync_element {
 public:
  explicit access_log(settings s) : settings_(std::move(s)) {}

  outcome request_now(exchange& ex) const override {
    // Beyond the bounds of properties it is made on the way back.
    if (ex.world.log.enabled(net::log_level::info))
      put_property(ex, std::string(kept_start), start_of(ex));
    return outcome::proceed;
  }
  outcome response_now(exchange& ex) const override {
    print(ex);
    return outcome::proceed;
  }
  void abort_now(exchange& ex) const override { print(ex); }

 private:
  // [time] "GET /path HTTP/1.1"
  std::string start_of(const exchange& ex) const {
    return "[" + settings_.dates.format(ex.world.runtime.wall_now()) + "] " +
           in_quotes(ex.request.method + " " +
                     mask_parameters(ex.request.target, *settings_.secrets) +
                     (ex.request.version == 10 ? " HTTP/1.0" : " HTTP/1.1"));
  }
  std::string start(const exchange& ex) const {
    const auto kept = ex.properties.find(kept_start);
    const auto* text =
        kept == ex.properties.end() ? nullptr : std::get_if<std::string>(&kept->second);
    return text ? *text : start_of(ex);
  }
  std::string quoted_field(const exchange& ex, std::string_view name) const {
    const auto value = ex.request.headers.joined(name);
    return in_quotes(value ? mask_parameters(*value, *settings_.secrets) : settings_.absent);
  }
  std::string user(const exchange& ex) const {
    if (ex.user.empty()) return settings_.absent;
    std::string out = printable(ex.user, 100);
    std::replace(out.begin(), out.end(), ' ', '_');
    return out;
  }
  std::string size(const exchange& ex) const {
    if (!settings_.payload_size || !ex.response) return settings_.absent;
    if (!ex.response->body) return "0";
    const auto known = ex.response->body->size();
    return known ? std::to_string(*known) : settings_.absent;
  }
  static std::string evaluate(const exchange& ex, const variable& v) {
    try {
      const std::string text = to_text(v.value.evaluate(ex, flow_direction::response));
      return text.empty() ? v.absent : text;
    } catch (const script_failure&) {
      return v.absent;  // a log must not fail what it tells of
    }
  }
  void print(const exchange& ex) const {
    if (!ex.world.log.enabled(net::log_level::info)) return;
    std::string line = ex.connection.client.address + " - " + user(ex) + " " + start(ex) + " " +
                       (ex.response ? std::to_string(ex.response->status) : settings_.absent) +
                       " " + size(ex) + " " + quoted_field(ex, "Referer") + " " +
                       quoted_field(ex, "User-Agent");
    for (const variable& v : settings_.variables)
      line += " " + v.name + "=" + in_quotes(evaluate(ex, v));
    ex.world.log.write(net::log_level::info, "access", line);
  }

  settings settings_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  settings s;
  s.absent = node.value("defaultValue");
  s.secrets = context.secrets();
  s.payload_size = !node.boolean("excludePayloadSize");
  auto dates = date_pattern::compile(node.value("dateTimePattern"));
  if (const auto* wrong = std::get_if<expression_error>(&dates))
    context.error(node, *node.find("dateTimePattern"), wrong->offset, wrong->message);
  else
    s.dates = std::get<date_pattern>(std::move(dates));
  if (node.children.size() > most_variables)
    context.error(node.children[most_variables],
                  "is one too many: there may be " + std::to_string(most_variables));
  for (const element_node& child : node.children) {
    const attribute_value& name = *child.find("name");
    if (!net::is_token(name.text))
      context.error(child, name, 0, "must be a word: it stands before a '='");
    const bool twice = std::any_of(s.variables.begin(), s.variables.end(),
                                   [&](const variable& v) { return v.name == name.text; });
    if (twice) context.error(child, name, 0, "names a variable for the second time");
    s.variables.push_back({name.text, *child.tested("expression"),
                           child.find("defaultValue") ? child.value("defaultValue") : s.absent});
  }
  return std::make_unique<access_log>(std::move(s));
}

}  // namespace

const element_descriptor& access_log_element() {
  static const element_descriptor d{
      .name = "accessLog",
      .doc =
          "Prints a line for each exchange, as Apache does: client, user, time (UTC), request, "
          "status, octets of the body where they are known, Referer, User-Agent. Secrets in URIs "
          "are masked. Put it first, to see what other elements answer.",
      .example = R"(<accessLog dateTimePattern="dd/MMM/yyyy:HH:mm:ss Z">
  <additionalVariable name="shop" expression="params.shop"/>
</accessLog>)",
      .attributes = {{.name = "defaultValue",
                      .doc = "Printed for what is not there.",
                      .default_value = "-"},
                     {.name = "dateTimePattern",
                      .doc = "Form of the time: yyyy yy MMM MM M dd d EEE HH mm ss SSS Z X, and "
                             "texts in single quotes.",
                      .default_value = "dd/MM/yyyy:HH:mm:ss Z"},
                     {.name = "excludePayloadSize",
                      .type = attribute_type::boolean,
                      .doc = "Do not print the size of the body.",
                      .default_value = "false"}},
      .children = {{.names = {"additionalVariable"}}},
      .make = make,
  };
  return d;
}

}  // namespace gateway
