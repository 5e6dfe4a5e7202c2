// What a selector can ask about a message (facts: ActiveMQ 3.7).
#pragma once

#include "mockbroker/broker/message.hpp"
#include "mockbroker/broker/selector.hpp"

namespace mockbroker {

struct destination;

// The JMS names of fields, and every other header as a text. Views live as long as this object.
class message_properties final : public property_source {
 public:
  // `deliveries`: how often it was handed out before.
  message_properties(const message& m, const destination& at, unsigned deliveries)
      : m_(m), at_(at), deliveries_(deliveries) {}
  selector_value get(std::string_view name) const override;

 private:
  selector_value header(std::string_view name) const;

  const message& m_;
  const destination& at_;
  unsigned deliveries_;
  mutable std::string scratch_;  // JMSDestination, made on demand
};

}  // namespace mockbroker
