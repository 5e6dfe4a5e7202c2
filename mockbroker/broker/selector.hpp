// Message selectors: the language of JMS as ActiveMQ 5.18 speaks it (facts 3.7). A selector is
// compiled once and asked for every message. Pure: no state, no allocation while it is asked,
// except where a selector glues texts together with `+`.
//
// What its reader differs in from SQL, and this one with it:
//  * NOT binds tighter than any comparison: `NOT a = 1` is `(NOT a) = 1`; write `NOT (a = 1)`.
//  * A property alone is true only if it is a boolean. A header `flag:true` is a text, so `flag`
//    is false and `flag = TRUE` is true (with convert_strings).
//  * `present = missing` is false, not unknown, and `missing = missing` is true; `missing = 1` is
//    unknown.
//  * A text becomes a number of the other side's type, or the comparison is false: with `num:5.0`
//    `num = 5` is false and `num <> 5` true; `num = 5.0` is true for `num:5`.
//  * `text + 1` glues; `text - 1` and `1 + text` end the evaluation: the selector does not match.
//    So does comparing a boolean with a text on its right side (`TRUE = flag`).
//  * IN and LIKE work on texts only: anything else gives unknown for IN and false for LIKE.
//  * A comment `-- ...` needs its line end; without one it is two minus signs.
//
// Shortfalls. XPATH is refused by compile(), as by a broker without an XPath evaluator: it would
// need an XML library. XQUERY compiles and is false, which is all the real one does. The functions
// INLIST, MAKELIST, REGEX, REPLACE and SPLIT are refused. Digits of other scripts are no numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace mockbroker {

struct selector_program;

// A property's value; monostate is NULL, which is also what an absent property is. The widths
// matter for texts that are compared with it: 32 bits cannot hold '3000000000'.
using selector_value =
    std::variant<std::monostate, bool, std::int32_t, std::int64_t, double, std::string_view>;

// Where a selector looks names up. Names are case sensitive. Views must live until matches() or
// evaluate() returns. Besides headers (texts) the broker answers for these:
//   text     JMSDestination and JMSReplyTo (`queue://a`), JMSType, JMSMessageID, JMSCorrelationID,
//            JMSDeliveryMode (PERSISTENT, NON_PERSISTENT), JMSXGroupID, JMSXUserID,
//            JMSXProducerTXID, JMSActiveMQBrokerPath
//   32 bits  JMSPriority, JMSXDeliveryCount (from 1), JMSXGroupSeq
//   64 bits  JMSTimestamp, JMSExpiration, JMSActiveMQBrokerInTime, JMSActiveMQBrokerOutTime
//   bool     JMSRedelivered, JMSXGroupFirstForConsumer
class property_source {
 public:
  virtual ~property_source() = default;
  virtual selector_value get(std::string_view name) const = 0;
};

// Why a text is no selector. The client is told no more than the text itself; this is for logs.
struct selector_error {
  std::string message;
  std::size_t column = 1;  // octets, from 1; at most one past the end
};

// What an evaluation gave. failed: it was given up, as ActiveMQ does by an exception (see above).
enum class selector_truth { no, yes, unknown, failed };
std::string_view to_string(selector_truth t) noexcept;

class selector {
 public:
  static constexpr std::size_t longest_text = 10240;   // octets, as a header line
  static constexpr std::size_t deepest = 256;          // operators or parentheses inside each other
  static constexpr std::size_t longest_glued = 65536;  // octets of all texts one evaluation makes

  // convert_strings: texts compare with numbers and booleans, as for all STOMP subscriptions. An
  // empty text is an error: no selector at all is the caller's to see.
  static std::variant<selector, selector_error> compile(std::string_view text,
                                                        bool convert_strings = true);

  // Whether a message with these properties is wanted: true only for selector_truth::yes.
  bool matches(const property_source& properties) const;
  // The same with its reason. Only where an operand fails may it say failed while matches() did
  // not have to look that far.
  selector_truth evaluate(const property_source& properties) const;

  const std::string& text() const noexcept;
  // Octets that the compiled form holds, about.
  std::size_t memory_cost() const noexcept;

 private:
  explicit selector(std::shared_ptr<const selector_program> program) noexcept;
  std::shared_ptr<const selector_program> program_;  // never null; copies share it
};

}  // namespace mockbroker
