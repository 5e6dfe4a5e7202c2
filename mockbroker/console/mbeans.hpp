// The broker as ActiveMQ shows it to management clients: MBeans with attributes and operations
// (facts: ActiveMQ 5.6).
#pragma once

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mockbroker/broker/broker.hpp"
#include "net/runtime.hpp"

namespace mockbroker {

// "domain:key=value,...": keys sorted, as they are written back. A value may be a pattern.
struct object_name {
  std::string domain;
  std::map<std::string, std::string> keys;
  bool is_pattern = false;  // `*` in a value, or `,*` behind them

  std::string text() const;
};
// Nothing when it is none.
std::optional<object_name> parse_object_name(std::string_view text);

// Why an operation was not done.
struct operation_error {
  int status = 400;
  std::string type;  // a Java class
  std::string message;
};

class mbeans {
 public:
  mbeans(net::runtime& rt, broker& shown) : rt_(rt), broker_(shown), started_(rt.now()) {}

  // The names that match; of a name that is no pattern itself, if it exists.
  std::vector<object_name> find(const object_name& pattern) const;
  // All attributes of one that exists.
  boost::json::object attributes(const object_name& name) const;
  // Runs `operation` ("purge", "sendTextMessage(java.lang.String)"); its value, or why not.
  std::variant<boost::json::value, operation_error> invoke(
      const object_name& name, std::string_view operation,
      const std::vector<std::string>& arguments);

 private:
  boost::json::object broker_attributes() const;
  boost::json::object destination_attributes(const destination_info& d) const;
  boost::json::array names_of(destination_kind kind, bool temporary) const;
  std::optional<destination_info> destination_of(const object_name& name) const;
  std::optional<boost::json::value> invoke_broker(std::string_view operation,
                                                  const std::vector<std::string>& arguments);
  std::optional<boost::json::value> invoke_destination(const destination_info& d,
                                                       std::string_view operation,
                                                       const std::vector<std::string>& arguments);

  net::runtime& rt_;
  broker& broker_;
  net::time_point started_;
};

}  // namespace mockbroker
