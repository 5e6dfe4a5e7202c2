// ActiveMQ's REST: messages sent and received by plain HTTP requests (facts: ActiveMQ 5.5).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "mockbroker/console/rest_clients.hpp"
#include "net/http_types.hpp"

namespace mockbroker {

class rest {
 public:
  rest(net::runtime& rt, broker& served) : rt_(rt), broker_(served), clients_(rt, served) {}

  // Answers a request for `path`, what follows "/api/message" in the URL, decoded.
  // Waits up to 20 s for a message. `request` lives until the answer is there.
  net::task<net::http_response> answer(const net::http_request& request, std::string path,
                                       std::string body);

 private:
  // Parameters of the URL and of a form. What was given twice has no value.
  using parameters = std::map<std::string, std::string>;
  struct call;

  // False: the form has too much.
  bool read(call& given, const net::http_request& request, std::string_view path,
            std::string body) const;
  std::vector<stomp::header> headers_of(const call& given, std::string& wrong) const;
  net::http_response send(const call& given) const;
  static std::string show(const message_info& m, const call& given, net::header_list& headers);
  net::task<net::http_response> receive(const call& given);
  std::string new_session();

  net::runtime& rt_;
  broker& broker_;
  rest_clients clients_;
};

}  // namespace mockbroker
