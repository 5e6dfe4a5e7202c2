// The broker as ActiveMQ shows it to management clients: MBeans with attributes and operations
// (facts: ActiveMQ 5.6). Each kind of MBean is one `family`: a table of attributes and one of
// operations. What is added to a table is read, run and listed.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <span>
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

  std::string text() const { return domain + ":" + properties(); }
  std::string properties() const;
};
// Nothing when it is none.
std::optional<object_name> parse_object_name(std::string_view text);

// Why an operation was not done.
struct operation_error {
  int status = 400;
  std::string type;  // a Java class
  std::string message;
};
using operation_result = std::variant<boost::json::value, operation_error>;

// What an answer may still grow, in octets of JSON. What builds a large one tries each part on a
// copy.
struct answer_room {
  std::size_t most = 0;
  std::size_t left = most;

  // False: there was not enough, and now there is none.
  bool take(const boost::json::value& value);
};

// What all MBeans are made from.
struct management {
  net::runtime& rt;
  broker& shown;
  net::time_point started;
  answer_room& room;

  std::int64_t uptime_ms() const;
};

struct family;

// One MBean at the moment of the question.
struct mbean {
  object_name name;
  const family* kind = nullptr;
  std::variant<std::monostate, destination_info, subscription_info, connection_info> about{};
};

using arguments = std::vector<boost::json::value>;

struct attribute {
  std::string_view name;
  std::string_view type;  // of Java
  boost::json::value (*get)(const management&, const mbean&);
};
struct operation {
  std::string_view name;
  std::string_view parameters;  // types of Java, with commas between
  std::string_view result;
  operation_result (*run)(const management&, const mbean&, const arguments&);
};
struct family {
  std::string_view class_name;  // of Java
  std::span<const attribute> attributes;
  std::span<const operation> operations;
  bool runs = true;  // false: its operations are forbidden (jolokia-access.xml)
};

// Files named after them: mbean_broker.cpp and so on.
extern const family broker_family;
extern const family queue_family;
extern const family topic_family;
extern const family subscription_family;
extern const family topic_subscription_family;
extern const family durable_family;
extern const family inactive_durable_family;
extern const family connector_family;
extern const family connection_family;
extern const family health_family;
extern const family runtime_family;
extern const family memory_family;

object_name broker_bean(const management& m);
object_name destination_bean(const management& m, const destination_name& d);
object_name subscription_bean(const management& m, const subscription_info& s);
object_name connector_bean(const management& m, stomp::transport how);
object_name connection_bean(const management& m, const connection_info& c, bool by_address);
const family& family_of(const destination_info& d);
// {"objectName": ...}
boost::json::object reference(const object_name& name);
// The text of an argument; empty when it is not there.
std::string argument(const arguments& given, std::size_t i);
// Why there is no answer when there was not enough room for it. From here on there is none.
operation_error too_large(answer_room& room);
// Nothing done, value null.
operation_result do_nothing(const management&, const mbean&, const arguments&);

class mbeans {
 public:
  // `room` is that of the answer which is being made.
  mbeans(net::runtime& rt, broker& shown, answer_room& room) : from_{rt, shown, rt.now(), room} {}

  // Those that match; of a name that is no pattern itself, if it exists.
  std::vector<mbean> find(const object_name& pattern) const;
  // All attributes of one, or one of them; nothing when it has none of that name.
  boost::json::object attributes(const mbean& of) const;
  std::optional<boost::json::value> attribute(const mbean& of, std::string_view name) const;
  // Runs `operation` ("purge", "sendTextMessage(java.lang.String)"); its value, or why not.
  // `given_name`: the MBean as the client wrote it.
  operation_result invoke(const mbean& of, std::string_view operation, const arguments& given,
                          std::string_view given_name) const;
  // {domain: {properties: {"op", "attr", "class", "desc"}}} of all, or of the one with the
  // properties `only`. Nothing when there is not enough room.
  std::optional<boost::json::object> list(std::string_view only) const;

 private:
  std::vector<mbean> all() const;

  management from_;
};

}  // namespace mockbroker
