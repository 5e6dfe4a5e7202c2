// What the console does: an action is a function here and a row in the table of actions.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mockbroker/console/page.hpp"

namespace mockbroker::web {

// Where the browser goes next, below /admin/; or why nothing was done (ActiveMQ: HTTP 500).
struct action_result {
  std::string location{};
  std::string failure{};
};

struct action_entry {
  std::string_view name;  // "createDestination.action"
  bool by_get;            // else by POST only
  action_result (*act)(const visit& v);
};
// Null: there is no such action.
const action_entry* find_action(std::string_view name) noexcept;

// send_action.cpp
action_result send_message(const visit& v);

// The destination that JMSDestination and JMSDestinationType name; an empty name where there is
// none.
destination_name given_destination(const visit& v);
// The list that it is in.
std::string list_of(const destination_name& d);

}  // namespace mockbroker::web
