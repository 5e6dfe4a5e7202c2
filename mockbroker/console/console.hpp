// The broker's web console: ActiveMQ's pages, words, forms and URLs (facts: activemq.md 5). This is
// the way in: logins, sessions and routing. What there is to see and to do is listed in the tables
// of pages.cpp, actions.cpp, xml_lists.cpp and queue_browse.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mockbroker/broker/broker.hpp"
#include "mockbroker/console/jolokia.hpp"
#include "mockbroker/console/live.hpp"
#include "mockbroker/console/rest.hpp"
#include "mockbroker/console/session.hpp"
#include "net/http_server.hpp"
#include "net/runtime.hpp"

namespace mockbroker {

struct console_options {
  std::vector<console_user> users = stock_console_users();
  // Of a session's secrets so many stay valid; 1 is what ActiveMQ does.
  std::size_t secrets_kept = 32;
  // Octets of JSON in an answer of Jolokia's.
  std::size_t largest_answer = std::size_t{32} << 20U;
};

// Answers the console's port. Owned beside the server it shows; one runtime.
class console final : public net::http_service {
 public:
  console(net::runtime& rt, class broker& shown, console_options options = {});

  net::task<net::http_response> handle(net::http_request& request) override;
  net::http_response refuse(const net::http_error& error) override;

 private:
  struct call;  // one request, with all that its answer depends on

  net::http_response route(const net::http_request& request, std::string path,
                           const console_user& user, const std::string& body);
  net::http_response api(const call& c);
  net::http_response admin(const call& c);
  net::http_response in_session(const call& c);
  net::http_response act(const call& c, const web::visit& v, const web::session& s);
  net::http_response show(const call& c, const web::visit& v);
  net::http_response follow(const call& c, const web::visit& v);

  net::runtime& rt_;
  class broker& broker_;
  console_options options_;
  net::time_point started_;
  jolokia jolokia_;
  rest rest_;
  web::session_book sessions_;
  web::live_views live_;
};

}  // namespace mockbroker
