// The broker's web console: ActiveMQ's pages, words, forms and URLs (facts: activemq.md 5).
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "mockbroker/broker/broker.hpp"
#include "mockbroker/console/jolokia.hpp"
#include "mockbroker/console/rest.hpp"
#include "net/http_server.hpp"
#include "net/runtime.hpp"

namespace mockbroker {

struct console_user {
  std::string name = "admin";
  std::string password = "admin";
};

// Answers the console's port. Owned beside the server it shows; one runtime.
class console final : public net::http_service {
 public:
  console(net::runtime& rt, class broker& shown, std::vector<console_user> users);

  net::task<net::http_response> handle(net::http_request& request) override;
  net::http_response refuse(const net::http_error& error) override;

 private:
  using parameters = std::map<std::string, std::string>;

  bool is_allowed(const net::http_request& request) const;
  net::http_response route(const net::http_request& request, const parameters& given);
  net::http_response action(const net::http_request& request, std::string_view name,
                            const parameters& given);
  net::http_response create_destination(const parameters& given);
  net::http_response delete_destination(const parameters& given);
  net::http_response purge_destination(const parameters& given);
  net::http_response send_message(const parameters& given);
  net::http_response index_page();
  net::http_response queues_page(const parameters& given);
  net::http_response topics_page();
  net::http_response send_page(const parameters& given);
  net::http_response browse_page(const parameters& given);
  net::http_response connections_page();
  // messages.cpp
  net::http_response message_page(const parameters& given);
  net::http_response message_action(std::string_view name, const parameters& given);
  net::http_response pause_queue(const parameters& given, bool paused);
  net::http_response page(std::string_view title, std::string_view tab, const std::string& body);
  std::string new_secret();
  std::string hidden_secret();

  net::runtime& rt_;
  class broker& broker_;
  std::vector<console_user> users_;
  net::time_point started_;
  jolokia jolokia_;
  rest rest_;
  // Forms carry one of these (ActiveMQ's guard against forged requests). The last 32 stay valid,
  // so that several tabs work.
  std::deque<std::string> secrets_;
};

}  // namespace mockbroker
