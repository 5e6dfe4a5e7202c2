// Subscriptions in tables: several pages show them.
#pragma once

#include <functional>

#include "mockbroker/console/page.hpp"

namespace mockbroker::web {

// <th> with two captions, one below the other.
markup two_lines(std::string_view above, std::string_view below);
std::string subscription_key(const subscription_info& s);
// As the broker keeps it: an ActiveMQ marks the selectors of STOMP clients.
std::string selector_text(const subscription_info& s);
// "SessionId" to "Exclusive/Retroactive".
markup consumer_headings();
markup consumer_cells(const subscription_info& s);
// Who listens to `d`, also by a wildcard: the client and its connection, and what `cells` makes.
table consumers_of(const visit& v, const destination_name& d, std::string id,
                   const markup& more_headings,
                   const std::function<markup(const subscription_info&)>& cells);
// Always empty: to ActiveMQ STOMP clients are no registered producers.
table producers();
// A page of those who are at the destination that is asked for: "Active `who` for a".
content page_of_those(const visit& v, std::string_view title, std::string_view who, table those);

}  // namespace mockbroker::web
