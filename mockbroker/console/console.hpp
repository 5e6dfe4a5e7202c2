// The broker's web console: ActiveMQ's pages, words, forms and URLs (facts: activemq.md 5).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mockbroker/broker/broker.hpp"
#include "mockbroker/console/html.hpp"
#include "mockbroker/console/jolokia.hpp"
#include "mockbroker/console/login.hpp"
#include "mockbroker/console/rest.hpp"
#include "mockbroker/console/view.hpp"
#include "net/http_server.hpp"
#include "net/runtime.hpp"

namespace mockbroker {

struct console_options {
  std::vector<console_user> users = stock_console_users();
  // How many pages of a login have working forms. ActiveMQ itself takes those of the newest only,
  // so that a second tab breaks the first.
  std::size_t secrets_kept = 32;
};

// Answers the console's port. Owned beside the server it shows; one runtime.
class console final : public net::http_service {
 public:
  console(net::runtime& rt, class broker& shown, const console_options& options = {});

  net::task<net::http_response> handle(net::http_request& request) override;
  net::http_response refuse(const net::http_error& error) override;

 private:
  net::http_response route(const net::http_request& request, std::string_view path, login& who,
                           const parameters& given);
  net::http_response admin(const net::http_request& request, std::string_view path, login& who,
                           const parameters& given);
  net::http_response action(const net::http_request& request, std::string_view name, login& who,
                            const parameters& given);
  net::http_response page(const net::http_request& request, std::string_view path, login& who,
                          const parameters& given);
  net::http_response live(const net::http_request& request, std::string_view name, login& who,
                          const parameters& given);
  view make_view(const parameters& given, std::string secret) const;

  net::runtime& rt_;
  class broker& broker_;
  logins logins_;
  net::time_point started_;
  jolokia jolokia_;
  rest rest_;
};

}  // namespace mockbroker
