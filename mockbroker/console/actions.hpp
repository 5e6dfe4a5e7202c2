// What the console's forms and links do: one row each, in one table (facts: ActiveMQ 5.3).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mockbroker/console/view.hpp"

namespace mockbroker {

// Where the browser goes next, or why the action was not done.
struct action_result {
  std::string next{};
  std::optional<std::string> failure{};
};

struct action_entry {
  std::string_view name;  // without ".action"
  bool only_post;         // else a link may do it too
  action_result (*run)(const view& v);
};

// Null when there is none.
const action_entry* find_action(std::string_view name);

// send_action.cpp
action_result send_message(const view& v);

// The result of an engine call; `next` when it was done.
action_result result_of(outcome done, std::string next);
// The list that a queue or topic is in.
std::string list_of(const view& v);

}  // namespace mockbroker
