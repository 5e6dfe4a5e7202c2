#include "mockbroker/console/consumers.hpp"

#include <algorithm>

#include "mockbroker/broker/destination_pattern.hpp"

namespace mockbroker::web {

markup two_lines(std::string_view above, std::string_view below) {
  return tag("th", tag("span", text(above)) + "<br>"_html + tag("span", text(below)));
}

bool is_for(const subscription_info& s, const destination_name& d) noexcept {
  return std::ranges::any_of(s.wanted, [&d](const destination_name& wanted) {
    return wanted.kind == d.kind && wanted.temporary == d.temporary &&
           matches_pattern(wanted.name, d.name);
  });
}

std::string subscription_key(const subscription_info& s) {
  return std::to_string(s.connection) + "/" + std::to_string(s.number) + "/" + s.client_id + "/" +
         s.durable_name;
}

markup client_cell(const subscription_info& s) {
  return cell(link(url("connection.jsp", {{"connectionID", s.client_id}}), text(s.client_id)) +
              "<br>\n"_html + text(s.connection == 0 ? "NOTSET" : s.session));
}

std::string selector_text(const subscription_info& s) {
  if (s.selector.empty() || s.connection == 0) return s.selector;
  return "convert_string_expressions:" + s.selector;
}

markup consumer_headings() {
  return headings(
             {"SessionId", "Selector", "Enqueues", "Dequeues", "Dispatched", "Dispatched Queue"}) +
         two_lines("Prefetch", "Max pending") + two_lines("Exclusive", "Retroactive");
}

// A queue offers a consumer only what it then delivers.
markup consumer_cells(const subscription_info& s) {
  return cell(-1) + cell(selector_text(s)) + cell(std::max(s.enqueued, s.delivered)) +
         cell(s.dequeued) + cell(s.delivered) + cell(s.unsettled) +
         cell(text(s.prefetch) + "<br>\n"_html + text(0)) +
         cell(text(s.exclusive) + "<br>\n"_html + text(s.retroactive));
}

table producers() {
  return {"producers", two_lines("Client ID", "Connection ID") +
                           headings({"SessionId", "ProducerId", "ProducerWindowSize",
                                     "DispatchAsync", "Blocked", "BlockedTime", "SentCount"})};
}

}  // namespace mockbroker::web
