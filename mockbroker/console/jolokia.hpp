// Jolokia's protocol: JMX as JSON over HTTP (facts: ActiveMQ 5.6).
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "mockbroker/console/mbeans.hpp"
#include "net/http_types.hpp"

namespace mockbroker {

class jolokia {
 public:
  // What would have more octets of JSON than `largest_answer` is answered by an error.
  jolokia(net::runtime& rt, broker& shown, std::size_t largest_answer)
      : rt_(rt), room_{largest_answer}, beans_(rt, shown, room_), broker_(shown) {}
  jolokia(const jolokia&) = delete;
  jolokia& operator=(const jolokia&) = delete;

  // Answers a request for `path`, what follows "/api/jolokia" in the URL, decoded.
  // The HTTP status is 200 whatever happened; the JSON has a `status` of its own.
  net::http_response answer(const net::http_request& request, std::string_view path,
                            const std::string& body);

 private:
  boost::json::value take(const net::http_request& request, std::string_view path,
                          const std::string& body);
  boost::json::value take_posted(const net::http_request& request, const std::string& body);
  // One request, as the JSON that a POST has. Once there was no room for an answer, nothing more is
  // done for this POST.
  boost::json::object answer_within(const boost::json::object& given);
  boost::json::object handle(const boost::json::object& given);
  boost::json::object read(boost::json::object request, const object_name& name,
                           std::string_view given_name);
  boost::json::object exec(boost::json::object request, const object_name& name,
                           std::string_view given_name);
  boost::json::object search(boost::json::object request, const object_name& name) const;
  boost::json::object list(const boost::json::object& given);
  boost::json::object version() const;
  boost::json::object done(boost::json::object request, boost::json::value value) const;

  net::runtime& rt_;
  answer_room room_;
  mbeans beans_;
  broker& broker_;
};

}  // namespace mockbroker
