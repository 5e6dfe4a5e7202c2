#include "gateway/core/script_members.hpp"

#include <algorithm>
#include <array>

namespace gateway::script_code {

namespace {

constexpr std::array property_rows = {
    property_row{kind::exchange, "request", kind::message, op::present, op::set_message},
    property_row{kind::exchange, "response", kind::message, op::present, op::set_message},
    property_row{kind::exchange, "destinations", kind::destinations, op::constant},
    property_row{kind::exchange, "properties", kind::properties, op::constant},
    property_row{kind::exchange, "property", kind::properties, op::constant},
    property_row{kind::exchange, "remoteAddr", kind::scalar, op::remote_address},
    property_row{kind::exchange, "remoteAddrIp", kind::scalar, op::remote_address},

    property_row{kind::message, "header", kind::headers, op::constant},
    property_row{kind::message, "headers", kind::headers, op::constant},
    property_row{kind::message, "method", kind::scalar, op::method, op::set_method, of_request},
    property_row{kind::message, "uri", kind::scalar, op::uri, op::set_uri, of_request},
    property_row{kind::message, "path", kind::scalar, op::path, op::constant, of_request},
    property_row{kind::message, "version", kind::scalar, op::version},
    property_row{kind::message, "statusCode", kind::scalar, op::status, op::set_status,
                 of_response},
    property_row{kind::message, "statusMessage", kind::scalar, op::reason, op::set_reason,
                 of_response},
    property_row{kind::message, "body", kind::scalar, op::body, op::set_body},
    property_row{kind::message, "bodyContent", kind::scalar, op::body, op::set_body},
    property_row{kind::message, "bodyAsString", kind::scalar, op::body},
    property_row{kind::message, "bodyAsStringDecoded", kind::scalar, op::body},

};

constexpr std::array method_rows = {
    method_row{kind::scalar, "equals", 1, kind::scalar, op::equal},
    method_row{kind::scalar, "equalsIgnoreCase", 1, kind::scalar, op::equals_ignore_case},
    method_row{kind::scalar, "contains", 1, kind::scalar, op::contains},
    method_row{kind::scalar, "startsWith", 1, kind::scalar, op::starts_with},
    method_row{kind::scalar, "endsWith", 1, kind::scalar, op::ends_with},
    method_row{kind::scalar, "indexOf", 1, kind::scalar, op::index_of},
    method_row{kind::scalar, "concat", 1, kind::scalar, op::concat},
    method_row{kind::scalar, "plus", 1, kind::scalar, op::add},
    method_row{kind::scalar, "replace", 2, kind::scalar, op::replace},
    method_row{kind::scalar, "substring", 1, kind::scalar, op::substring},
    method_row{kind::scalar, "substring", 2, kind::scalar, op::substring},
    method_row{kind::scalar, "toLowerCase", 0, kind::scalar, op::to_lower},
    method_row{kind::scalar, "toUpperCase", 0, kind::scalar, op::to_upper},
    method_row{kind::scalar, "trim", 0, kind::scalar, op::trim},
    method_row{kind::scalar, "isEmpty", 0, kind::scalar, op::is_empty},
    method_row{kind::scalar, "isBlank", 0, kind::scalar, op::is_blank},
    method_row{kind::scalar, "length", 0, kind::scalar, op::length},
    method_row{kind::scalar, "size", 0, kind::scalar, op::length},
    method_row{kind::scalar, "toString", 0, kind::scalar, op::to_text},
    method_row{kind::scalar, "getBytes", 0, kind::scalar, op::to_text},
    method_row{kind::scalar, "toInteger", 0, kind::scalar, op::to_number},

    method_row{kind::exchange, "getProperty", 1, kind::scalar, op::property},
    method_row{kind::exchange, "setProperty", 2, kind::nothing, op::set_property},

    method_row{kind::headers, "getFirstValue", 1, kind::scalar, op::first_header},
    method_row{kind::headers, "get", 1, kind::scalar, op::header},
    method_row{kind::headers, "contains", 1, kind::scalar, op::has_header},
    method_row{kind::headers, "containsKey", 1, kind::scalar, op::has_header},
    method_row{kind::headers, "add", 2, kind::nothing, op::add_header},
    method_row{kind::headers, "setValue", 2, kind::nothing, op::set_header},
    method_row{kind::headers, "removeFields", 1, kind::nothing, op::remove_header},
    method_row{kind::headers, "remove", 1, kind::nothing, op::remove_header},

    // Compiled by functions of their own (script_chains.cpp); here to be suggested.
    method_row{kind::destinations, "get", 1, kind::scalar, op::destination},
    method_row{kind::destinations, "set", 2, kind::nothing, op::set_destination},
    method_row{kind::destinations, "add", 1, kind::nothing, op::set_destination},
    method_row{kind::destinations, "clear", 0, kind::nothing, op::clear_destinations},

    method_row{kind::properties, "get", 1, kind::scalar, op::property},
    method_row{kind::properties, "containsKey", 1, kind::scalar, op::has_property},
    method_row{kind::properties, "put", 2, kind::nothing, op::set_property},
    method_row{kind::parameters, "get", 1, kind::scalar, op::parameter},
    method_row{kind::cookies, "get", 1, kind::scalar, op::cookie},
    method_row{kind::path_parameters, "get", 1, kind::scalar, op::path_parameter},

    method_row{kind::request_builder, "method", 1, kind::request_builder, op::build_method},
    method_row{kind::request_builder, "header", 2, kind::request_builder, op::build_header},
    method_row{kind::request_builder, "body", 1, kind::request_builder, op::build_body},
    method_row{kind::request_builder, "build", 0, kind::built, op::built},
    method_row{kind::response_builder, "status", 1, kind::response_builder, op::build_status},
    method_row{kind::response_builder, "header", 2, kind::response_builder, op::build_header},
    method_row{kind::response_builder, "body", 1, kind::response_builder, op::build_body},
    method_row{kind::response_builder, "build", 0, kind::built, op::built},

    // As for destinations.
    method_row{kind::response_class, "ok", 0, kind::response_builder, op::new_response},
    method_row{kind::response_class, "ok", 1, kind::response_builder, op::new_response},
    method_row{kind::response_class, "statusCode", 1, kind::response_builder, op::new_response},
};

constexpr std::array root_rows = {
    root_row{"exc", kind::exchange, op::constant, subject::current, 0, true},
    root_row{"exchange", kind::exchange},
    root_row{"request", kind::message, op::present, subject::request},
    root_row{"response", kind::message, op::present, subject::response},
    root_row{"message", kind::message, op::present},
    root_row{"header", kind::headers},
    root_row{"headers", kind::headers},
    root_row{"method", kind::scalar, op::method},
    root_row{"path", kind::scalar, op::path},
    root_row{"uri", kind::scalar, op::uri},
    root_row{"statusCode", kind::scalar, op::status},
    root_row{"body", kind::scalar, op::body},
    root_row{"user", kind::scalar, op::user},
    root_row{"flow", kind::scalar, op::flow},
    root_row{"properties", kind::properties},
    root_row{"property", kind::properties},
    root_row{"props", kind::properties, op::constant, subject::current, 0, true},
    root_row{"params", kind::parameters},
    root_row{"param", kind::parameters},
    root_row{"cookies", kind::cookies},
    root_row{"cookie", kind::cookies},
    root_row{"pathParam", kind::path_parameters},
    root_row{"Outcome", kind::outcomes, op::constant, subject::current, 0, true},
    root_row{"CONTINUE", kind::outcome, op::constant, subject::current, 0, true},
    root_row{"RETURN", kind::outcome, op::constant, subject::current, 1, true},
    root_row{"ABORT", kind::outcome, op::constant, subject::current, 2, true},
    root_row{"Response", kind::response_class, op::constant, subject::current, 0, true},
    root_row{"true", kind::scalar},
    root_row{"false", kind::scalar},
};

constexpr std::array function_rows = {
    function_row{"user", 0, op::user},
    function_row{"isLoggedIn", 0, op::is_logged_in},
    function_row{"isBearerAuthorization", 0, op::is_bearer},
    function_row{"hasScope", 1, op::has_scope},
    function_row{"scopes", 0, op::scopes},
    function_row{"urlEncode", 1, op::url_encode},
    function_row{"weight", 1, op::weight},
};

constexpr std::array<std::string_view, 9> foreign_functions = {
    "base64Encode", "jsonPath", "xpath", "toJSON",    "getDefaultSessionLifetime",
    "isXML",        "isJSON",   "env",   "pathEncode"};

}  // namespace

std::string_view to_string(kind k) noexcept {
  switch (k) {
    case kind::scalar:
      return "a value";
    case kind::exchange:
      return "an exchange";
    case kind::message:
    case kind::built:
      return "a message";
    case kind::headers:
      return "a list of headers";
    case kind::destinations:
      return "a list of destinations";
    case kind::properties:
      return "a map of properties";
    case kind::parameters:
      return "a map of parameters";
    case kind::cookies:
      return "a map of cookies";
    case kind::path_parameters:
      return "a map of path parameters";
    case kind::request_builder:
    case kind::response_builder:
      return "a builder";
    case kind::outcome:
    case kind::outcomes:
      return "an outcome";
    case kind::request_class:
    case kind::response_class:
      return "a class";
    case kind::nothing:
      return "nothing";
  }
  return "a value";
}

std::span<const property_row> properties() { return property_rows; }
std::span<const method_row> methods() { return method_rows; }
std::span<const root_row> roots() { return root_rows; }
std::span<const function_row> functions() { return function_rows; }

bool is_foreign_function(std::string_view name) noexcept {
  return std::find(foreign_functions.begin(), foreign_functions.end(), name) !=
         foreign_functions.end();
}

std::vector<std::string_view> member_names(kind k) {
  std::vector<std::string_view> names;
  if (k == kind::outcomes) {
    for (const root_row& row : root_rows)
      if (row.gives == kind::outcome) names.push_back(row.name);
  }
  for (const property_row& row : property_rows)
    if (row.of == k) names.push_back(row.name);
  for (const method_row& row : method_rows)
    if (row.of == k) names.push_back(row.name);
  return names;
}

}  // namespace gateway::script_code
