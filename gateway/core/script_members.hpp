// What expressions and scripts can reach: names at the start of a chain, members of things, and
// functions. A new one is a row here and a case in script_machine.cpp.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "gateway/core/script_code.hpp"

namespace gateway::script_code {

// What a part of an expression stands for; known when it is compiled.
enum class kind : std::uint8_t {
  scalar,  // null, truth, number or text
  exchange,
  message,
  headers,
  destinations,
  properties,
  parameters,
  cookies,
  path_parameters,
  request_builder,  // under construction
  response_builder,
  built,           // a message that was built
  outcome,         // CONTINUE, RETURN, ABORT; a number in the machine
  outcomes,        // the word Outcome
  request_class,   // the word Request
  response_class,  // the word Response
  nothing,         // the result of a call that only changes something
};
// "an exchange", "headers", ... for errors.
std::string_view to_string(kind k) noexcept;

// Sets of subjects for which a member exists.
inline constexpr unsigned of_request = 1;
inline constexpr unsigned of_response = 2;
inline constexpr unsigned of_any = 3;

// A member without parentheses; Groovy's getName() and setName(x) are the same.
struct property_row {
  kind of;
  std::string_view name;
  kind gives;
  op read;
  op write = op::constant;  // constant: cannot be set
  unsigned where = of_any;  // of messages
};
std::span<const property_row> properties();

// A member with parentheses. The arguments are texts (values) unless said otherwise.
struct method_row {
  kind of;
  std::string_view name;
  std::size_t arguments;
  kind gives;
  op code;
};
std::span<const method_row> methods();

// A name at the start of a chain.
struct root_row {
  std::string_view name;
  kind gives;
  op read = op::constant;         // of values
  subject of = subject::current;  // of messages and headers
  double constant = 0;            // of outcomes
  bool groovy_only = false;
};
std::span<const root_row> roots();

// name(arguments) at the start of a chain.
struct function_row {
  std::string_view name;
  std::size_t arguments;
  op code;
};
std::span<const function_row> functions();
// Membrane has them; they are refused by name.
bool is_foreign_function(std::string_view name) noexcept;

// The names of the members of `k`, for suggestions.
std::vector<std::string_view> member_names(kind k);

}  // namespace gateway::script_code
