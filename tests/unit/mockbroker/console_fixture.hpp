// A simulated ActiveMQ with its console, and what tests ask it as a browser would.
#pragma once

#include <gmock/gmock.h>

#include "simulated.hpp"

namespace mockbroker {

class console_fixture : public simulated_broker {
 protected:
  void start(console_options chosen = {}) {
    server_options options;
    options.broker.kind = activemq_profile();
    simulated_broker::start(std::move(options), std::move(chosen));
  }
  class broker& broker() {
    return shell->broker();
  }
  // What stands between `before` and `after`; empty when that is nowhere.
  static std::string between(const std::string& text, const std::string& before,
                             const std::string& after) {
    const auto at = text.find(before);
    if (at == std::string::npos) return {};
    const auto from = at + before.size();
    return text.substr(from, text.find(after, from) - from);
  }
  static std::string secret_of(const page& p) {
    return between(p.body, "name=\"secret\" value=\"", "\"");
  }
  // A secret of this browser's session, from a page that it loads for it.
  std::string secret() { return secret_of(admin("GET", "send.jsp")); }
  // An action with a good secret.
  page act(const std::string& method, const std::string& action, const std::string& fields) {
    const std::string form = "secret=" + secret() + "&" + fields;
    if (method == "POST") return admin("POST", action + ".action", form);
    return admin(method, action + ".action?" + form);
  }
  // "queues.jsp" of "http://localhost/admin/queues.jsp" when that is where a 302 leads.
  static std::string location(const page& p) {
    const std::string root = "http://localhost/admin/";
    const std::string to(p.headers.get("Location").value_or(""));
    if (p.status != 302 || !to.starts_with(root)) return std::to_string(p.status) + " " + to;
    return to.substr(root.size());
  }
  // A client with that client id.
  stomp_client::client& named(const std::string& id) {
    stomp_client::options chosen;
    chosen.stomp.connect_headers.push_back({"client-id", id});
    return connected("stomp://localhost:61613", std::move(chosen));
  }
  void subscribe_with(stomp_client::client& c, const std::string& to, stomp::header more) {
    const auto sent = c.session().subscribe(to, stomp::ack_mode::client, {std::move(more)},
                                            stomp::want_receipt::yes, sim.now());
    EXPECT_EQ(run_to_end(sim, c.wait_receipt(sent.receipt_id)).what,
              stomp_client::event::kind::receipt);
  }
  std::string put(const std::string& queue, const std::string& body,
                  const std::vector<stomp::header>& headers = {}) {
    std::string id;
    EXPECT_EQ(broker().publish("/queue/" + queue, body, headers, sim.now(), &id), outcome::done);
    return id;
  }
  std::optional<destination_info> queue(const std::string& name) {
    return broker().find_destination({destination_kind::queue, false, name});
  }
  std::size_t pending(const std::string& name) {
    const auto q = queue(name);
    return q ? q->pending : 999;
  }
  // Texts of the <th> of a page, in order.
  static std::vector<std::string> headings_of(const std::string& html) {
    std::vector<std::string> list;
    for (auto at = html.find("<th>"); at != std::string::npos; at = html.find("<th>", at + 1)) {
      list.push_back(plain(html.substr(at, html.find("</th>", at) - at)));
    }
    return list;
  }
  // Texts of the cells of the first row that has `text` in one of them; without tags, trimmed.
  static std::vector<std::string> row_with(const std::string& html, const std::string& text) {
    for (auto at = html.find("<tr>"); at != std::string::npos; at = html.find("<tr>", at + 1)) {
      const std::string row = html.substr(at, html.find("</tr>", at) - at);
      std::vector<std::string> cells;
      bool is_it = false;
      for (auto c = row.find("<td"); c != std::string::npos; c = row.find("<td", c + 1)) {
        cells.push_back(plain(row.substr(c, row.find("</td>", c) - c)));
        is_it |= cells.back() == text;
      }
      if (is_it) return cells;
    }
    return {};
  }
  static std::string plain(const std::string& html) {
    std::string out;
    bool in_tag = false;
    for (const char c : html) {
      if (c == '<') in_tag = true;
      if (!in_tag) out += c == '\n' ? ' ' : c;
      if (c == '>') in_tag = false;
    }
    out.erase(0, std::min(out.find_first_not_of(' '), out.size()));
    return out.substr(0, out.find_last_not_of(' ') + 1);
  }
};

}  // namespace mockbroker
