// One request to the console, as pages, actions and feeds see it.
#pragma once

#include <string>
#include <string_view>

#include "mockbroker/broker/broker.hpp"
#include "mockbroker/console/html.hpp"
#include "net/runtime.hpp"

namespace mockbroker {

struct view {
  net::runtime& rt;
  broker& shown;
  const parameters& given;
  std::string secret;         // for forms and links of operations
  net::time_point started{};  // of the broker

  std::string get(std::string_view name) const { return value(given, name); }
  net::time_point now() const { return rt.now(); }
  // "foo" as a queue or topic of this broker's.
  destination_name named(destination_kind kind, const std::string& bare) const;
  // What JMSDestination and JMSDestinationType say.
  destination_name target() const;
  // The name without what it has on the wire: "foo".
  std::string bare(const destination_name& d) const;
  std::string bare(const destination_info& d) const { return bare(d.name); }
  markup hidden_secret() const { return hidden("secret", secret); }
};

// "queue" or "topic": as forms and links write the kind.
std::string_view kind_word(destination_kind kind) noexcept;
// "2026-11-26 13:36:55:042 UTC", as ActiveMQ's console writes dates.
std::string console_date(std::int64_t wall_ms);

}  // namespace mockbroker
