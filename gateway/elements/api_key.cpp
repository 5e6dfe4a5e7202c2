// <apiKey>: lets requests in that bring a known key, and notes the key's scopes.
#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "crypto/digest.hpp"
#include "gateway/core/descriptor.hpp"
#include "gateway/core/problem.hpp"
#include "net/http_fields.hpp"

namespace gateway {

namespace {

constexpr std::string_view challenge = "ApiKey realm=\"membrane\"";
constexpr std::string_view default_field = "X-Api-Key";

// By the SHA-256 of the key: the time of a look-up says nothing of keys that somebody guesses.
using known_keys = std::map<std::string, std::set<std::string, std::less<>>, std::less<>>;
// The key at one place of a request; empty: there is none.
using key_place = std::function<std::string(const exchange&)>;

class api_key final : public sync_element {
 public:
  api_key(known_keys keys, std::vector<key_place> places, bool required)
      : keys_(std::move(keys)), places_(std::move(places)), required_(required) {}

  outcome request_now(exchange& ex) const override {
    const std::string key = key_in(ex);
    const auto found = key.empty() ? keys_.end() : keys_.find(crypto::sha256(key));
    if (found != keys_.end()) {
      ex.scopes.insert(found->second.begin(), found->second.end());
      return outcome::proceed;
    }
    if (!required_) return outcome::proceed;
    return key.empty() ? ask_for_one(ex) : refuse(ex);
  }
  outcome response_now(exchange& /*ex*/) const override { return outcome::proceed; }

 private:
  std::string key_in(const exchange& ex) const {
    for (const key_place& place : places_)
      if (std::string key = place(ex); !key.empty()) return key;
    return {};
  }

  // As Membrane: both turn around, so that what stands before sees an answer and no failure.
  static outcome ask_for_one(exchange& ex) {
    ++ex.world.count.unauthorized;
    ex.response = problem_response(failure::unauthorized, ex.request, "An API key is needed.");
    ex.response->headers.set("WWW-Authenticate", challenge);
    return outcome::respond;
  }
  static outcome refuse(exchange& ex) {
    ++ex.world.count.forbidden;
    ex.response = problem_response(failure::forbidden, ex.request, "The API key is not known.");
    return outcome::respond;
  }

  known_keys keys_;
  std::vector<key_place> places_;
  bool required_;
};

// Blanks are a slip of who wrote it: at an end no field can carry them.
bool is_key(std::string_view text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet <= ' ' || octet == 0x7F;
  });
}

void add_secret(const element_node& secret, known_keys& keys, build_context& context) {
  const attribute_value& value = *secret.find("value");
  if (!is_key(value.text)) context.error(secret, value, 0, "must be characters without blanks");
  const auto [place, is_new] = keys.try_emplace(crypto::sha256(value.text));
  if (!is_new) context.error(secret, value, 0, "is a key for the second time");
  for (const element_node& scope : secret.children) {
    if (scope.text.find(',') != std::string::npos)
      context.error_in_text(scope, scope.text.find(','),
                            "a scope holds no comma; each has a <scope> of its own");
    place->second.insert(scope.text);
  }
}

// "a,b" without blanks around; false when one is empty.
bool read_scopes(std::string_view list, std::set<std::string, std::less<>>& to) {
  while (true) {
    const auto comma = list.find(',');
    const auto one = net::trimmed(list.substr(0, comma));
    if (one.empty()) return false;
    to.emplace(one);
    if (comma == std::string_view::npos) return true;
    list.remove_prefix(comma + 1);
  }
}

// What is wrong with a line of a file of keys, empty when nothing is. Never quotes it.
std::string_view add_line(std::string_view line, known_keys& keys) {
  const auto colon = line.find(':');
  const auto key = net::trimmed(line.substr(0, colon));
  if (!is_key(key)) return "is not key:scope,scope";
  const auto [place, is_new] = keys.try_emplace(crypto::sha256(key));
  if (!is_new) return "has a key for the second time";
  const auto scopes = colon == line.npos ? line.substr(line.size()) : line.substr(colon + 1);
  if (net::trimmed(scopes).empty() || read_scopes(scopes, place->second)) return {};
  return "has a comma without a scope";
}

void add_file(const element_node& store, known_keys& keys, build_context& context) {
  const auto text = context.text_of(store);
  if (!text) return;
  const attribute_value& location = *store.find("location");
  bool is_empty = true;
  std::istringstream lines(*text);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const auto content = net::trimmed(std::string_view(line).substr(0, line.find('#')));
    if (content.empty()) continue;
    is_empty = false;
    if (const auto wrong = add_line(content, keys); !wrong.empty())
      context.error(store, location, 0,
                    "names a file whose line " + std::to_string(number) + " " + std::string(wrong));
  }
  if (is_empty) context.error(store, location, 0, "names a file without keys");
}

key_place field_place(std::string name, build_context& context) {
  context.secrets()->add_field(name);
  return [name = std::move(name)](const exchange& ex) {
    return std::string(ex.request.headers.get(name).value_or(std::string_view()));
  };
}

key_place parameter_place(std::string name, build_context& context) {
  context.secrets()->add_parameter(name);
  return [name = std::move(name)](const exchange& ex) {
    for (net::header_field& f : net::parse_form(ex.request.query()))
      if (f.name == name) return std::move(f.value);
    return std::string();
  };
}

key_place place_of(const element_node& extractor, build_context& context) {
  const std::string_view kind = extractor.descriptor->name;
  if (kind == "expressionExtractor")
    return [read = *extractor.tested("expression")](const exchange& ex) {
      return to_text(read.evaluate(ex, flow_direction::request));
    };
  const attribute_value& name = *extractor.find("name");
  if (kind == "headerExtractor" || kind == "header") {
    if (!net::is_token(name.text))
      context.error(extractor, name, 0, "must be the name of a header field");
    return field_place(name.text, context);
  }
  // Others would not be found by what masks logs.
  if (name.text.empty() || name.text.find_first_of("?&;#=") != std::string::npos)
    context.error(extractor, name, 0, "must be the name of a parameter");
  return parameter_place(name.text, context);
}

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  known_keys keys;
  std::vector<key_place> places;
  for (const element_node& child : node.children) {
    const std::string_view kind = child.descriptor->name;
    if (kind == "keys" || kind == "simple")
      for (const element_node& secret : child.children) add_secret(secret, keys, context);
    else if (kind == "apiKeyFileStore")
      add_file(child, keys, context);
    else
      places.push_back(place_of(child, context));
  }
  if (places.empty()) places.push_back(field_place(std::string(default_field), context));
  return std::make_unique<api_key>(std::move(keys), std::move(places), node.boolean("required"));
}

}  // namespace

const element_descriptor& api_key_element() {
  static const element_descriptor d{
      .name = "apiKey",
      .doc =
          "Lets requests in that bring a known key: 401 without a key, 403 with another one. The "
          "first place that has a key counts; without any extractor it is the field X-Api-Key. "
          "hasScope('NAME') and scopes() tell what the key may do.",
      .example = R"xml(<apiKey>
  <keys>
    <secret value="flower2025"/>
    <secret value="tree2025">
      <scope>write</scope>
    </secret>
  </keys>
  <headerExtractor/>
  <queryParamExtractor name="key"/>
</apiKey>
<if test="method == 'POST' and not hasScope('write')">
  <return status="403"/>
</if>)xml",
      .attributes = {{.name = "required",
                      .type = attribute_type::boolean,
                      .doc = "Without: requests with an unknown key or none pass, with no scope.",
                      .default_value = "true"}},
      .children = {{.names = {"keys", "apiKeyFileStore", "simple"}, .min = 1},
                   {.names = {"headerExtractor", "queryParamExtractor", "expressionExtractor",
                              "header", "query"}}},
      .make = make,
  };
  return d;
}

}  // namespace gateway
