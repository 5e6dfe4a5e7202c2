#include "mockbroker/console/consumers.hpp"

#include <algorithm>

#include "mockbroker/broker/destination_pattern.hpp"

namespace mockbroker::web {
namespace {

bool is_for(const subscription_info& s, const destination_name& d) noexcept {
  return std::ranges::any_of(s.wanted, [&d](const destination_name& wanted) {
    return wanted.kind == d.kind && wanted.temporary == d.temporary &&
           matches_pattern(wanted.name, d.name);
  });
}

table clients(std::string id, const markup& more_headings) {
  return {std::move(id), two_lines("Client ID", "Connection ID") + more_headings};
}

markup client_cell(const subscription_info& s) {
  return cell(link(url("connection.jsp", {{"connectionID", s.client_id}}), text(s.client_id)) +
              "<br>\n"_html + text(s.connection == 0 ? "NOTSET" : s.session));
}

}  // namespace

markup two_lines(std::string_view above, std::string_view below) {
  return tag("th", tag("span", text(above)) + "<br>"_html + tag("span", text(below)));
}

std::string subscription_key(const subscription_info& s) {
  return std::to_string(s.connection) + "/" + std::to_string(s.number) + "/" + s.client_id + "/" +
         s.durable_name;
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

table consumers_of(const visit& v, const destination_name& d, std::string id,
                   const markup& more_headings,
                   const std::function<markup(const subscription_info&)>& cells) {
  table t = clients(std::move(id), more_headings);
  for (const auto& s : v.shown.subscriptions()) {
    if (is_for(s, d)) t.add(subscription_key(s), client_cell(s) + cells(s));
  }
  return t;
}

table producers() {
  return clients("producers", headings({"SessionId", "ProducerId", "ProducerWindowSize",
                                        "DispatchAsync", "Blocked", "BlockedTime", "SentCount"}));
}

content page_of_those(const visit& v, std::string_view title, std::string_view who, table those) {
  const std::string name = v.given.joined("JMSDestination");
  content page{std::string(title) + " " + name};
  page.add("<h2>Active "_html + text(who) + " for "_html + text(name) + "</h2>"_html);
  page.add(std::move(those));
  return page;
}

}  // namespace mockbroker::web
