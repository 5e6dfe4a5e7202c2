// What STOMP leaves to a client's program: `clients any` of a ladder (docs/ladder.md). Its
// versions, beats and host, whether it asks for a receipt, and the names that it gives to receipts,
// subscriptions and transactions. One for each client. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "harness/ladder/arrival.hpp"
#include "harness/ladder/model.hpp"
#include "harness/ladder/values.hpp"

namespace mockbroker {

// Whether a line says something of this header.
bool names(const harness::ladder::expect_step& e, std::string_view header);

class client_choices {
 public:
  // `wanted` is what a line says of a frame, and `got` the frame: leaves in `wanted` only what any
  // client must say, with the names that this one has given. It learns the names from `got`.
  void adapt(harness::ladder::expect_step& wanted, const harness::ladder::wire_frame& got,
             const harness::ladder::scope& in);
  // `said` is what a line answers: with this client's names. False: the client has not asked for
  // it.
  bool adapt_answer(harness::ladder::expect_step& said, const harness::ladder::scope& in) const;
  // The client has left without the frame that a line waits for.
  void has_left_out(const harness::ladder::expect_step& wanted, const harness::ladder::scope& in);

 private:
  // The name as written in the ladder, behind what it is of ("receipt", "id", "transaction"); and
  // as the client says it, empty when it has left the receipt out.
  std::map<std::pair<std::string, std::string>, std::string, std::less<>> names_;
};

}  // namespace mockbroker
