// Runs what script_compiler made against an exchange. One step a node and no loops; texts that are
// made in one run have a bound (script_limits). Throws script_failure.
#pragma once

#include <string>

#include "gateway/core/exchange.hpp"
#include "gateway/core/expression.hpp"
#include "gateway/core/script_code.hpp"

namespace gateway::script_code {

// Bodies as a script sees them; it changes them in place. Neither is null.
struct bodies {
  std::string* request;
  std::string* response;
  bool request_changed = false;
  bool response_changed = false;
};

class machine {
 public:
  // All must outlive it. `write` and `held` may be null: for expressions, which change nothing and
  // read no bodies.
  machine(const program& code, const exchange& ex, flow_direction where, exchange* write,
          bodies* held)
      : code_(code), ex_(ex), where_(where), write_(write), held_(held), slots_(code.slots) {}

  value run() { return eval(code_.root); }
  // What Groovy or SpEL take for true.
  bool truth(const value& v) const;
  // Whether a `return` (or the last statement) gave run()'s value.
  bool answered() const noexcept { return answered_; }
  // Puts a message that was built in the place of the request or the response.
  void replace(const built_message& by);
  // Sets the body of the response or of the request.
  void put(bool response, std::string text);
  // Whether that value is CONTINUE (0), RETURN (1) or ABORT (2).
  bool outcome_answered() const noexcept { return outcome_answer_; }

 private:
  value eval(std::uint16_t index);
  value eval_logic(const node& n);
  value eval_arithmetic(const node& n);
  value eval_pattern(const node& n);
  value eval_read(const node& n);
  value eval_entry(const node& n);
  value eval_text(const node& n);
  value eval_texts(const node& n, const std::string& text);
  value eval_function(const node& n);
  value eval_build(const node& n);
  value eval_statement(const node& n);
  void change(const node& n);
  void change_message(const node& n);
  void change_start_line(const node& n);
  void change_built_line(const node& n);
  void set_body(const node& n, std::string text);

  bool is_response(subject of) const;
  const net::header_list* headers_of(subject of, std::uint16_t base,
                                     std::shared_ptr<built_message>& keep);
  net::header_list& headers_to_change(const node& n, std::shared_ptr<built_message>& keep);
  std::shared_ptr<built_message> built(std::uint16_t index);
  std::string text(std::uint16_t index);
  std::string name(std::uint16_t index);
  double number(std::uint16_t index, const node& at);
  // Counts octets of a text that is made or kept.
  void charge(std::size_t octets, const node& at);
  value made(std::string text, const node& at);
  std::string method_name(std::uint16_t index, const node& at);
  std::string request_target(std::uint16_t index, const node& at);
  int final_status(std::uint16_t index, const node& at);
  net::header_field field(const node& n);
  [[noreturn]] void fail(const node& at, std::string message) const;

  const program& code_;
  const exchange& ex_;
  flow_direction where_;
  exchange* write_;
  bodies* held_;
  std::vector<value> slots_;
  std::size_t made_ = 0;  // octets of texts so far
  bool answered_ = false;
  bool outcome_answer_ = false;
};

}  // namespace gateway::script_code
