// Values of expressions and scripts.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "net/http_types.hpp"

namespace gateway::script_code {

// A message that a script builds: `new Request.Builder()`, `Response.ok()`.
struct built_message {
  bool response = false;
  std::string method = "GET";
  std::string target;  // empty: none was named
  int status = 200;
  std::string reason;
  net::header_list headers;
  std::string body;
};

// null, truth, number, text, or a message that was built.
using value =
    std::variant<std::monostate, bool, double, std::string, std::shared_ptr<built_message>>;

struct program;  // gateway/core/script_code.hpp

}  // namespace gateway::script_code
