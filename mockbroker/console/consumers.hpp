// Subscriptions in tables: several pages show them.
#pragma once

#include "mockbroker/console/page.hpp"

namespace mockbroker::web {

// <th> with two captions, one below the other.
markup two_lines(std::string_view above, std::string_view below);
// Whether the subscription listens to that destination, also by a wildcard.
bool is_for(const subscription_info& s, const destination_name& d) noexcept;
std::string subscription_key(const subscription_info& s);
// <td> with the client's id as a link, and its connection.
markup client_cell(const subscription_info& s);
// As the broker keeps it: an ActiveMQ marks the selectors of STOMP clients.
std::string selector_text(const subscription_info& s);
// "SessionId" to "Exclusive/Retroactive".
markup consumer_headings();
markup consumer_cells(const subscription_info& s);
// Always empty: to ActiveMQ STOMP clients are no registered producers.
table producers();

}  // namespace mockbroker::web
