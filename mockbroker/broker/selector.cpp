#include "mockbroker/broker/selector.hpp"

#include <utility>

#include "mockbroker/broker/selector_evaluator.hpp"
#include "mockbroker/broker/selector_parser.hpp"
#include "mockbroker/broker/selector_program.hpp"

namespace mockbroker {

std::string_view to_string(selector_truth t) noexcept {
  switch (t) {
    case selector_truth::no:
      return "no";
    case selector_truth::yes:
      return "yes";
    case selector_truth::unknown:
      return "unknown";
    case selector_truth::failed:
      break;
  }
  return "failed";
}

selector::selector(std::shared_ptr<const selector_program> program) noexcept
    : program_(std::move(program)) {}

std::variant<selector, selector_error> selector::compile(std::string_view text,
                                                         bool convert_strings) {
  if (text.size() > longest_text)
    return selector_error{"the selector is too long", longest_text + 1};
  auto program = std::make_shared<selector_program>();
  program->text = text;
  program->convert_strings = convert_strings;
  try {
    selector_parser(*program).parse();
  } catch (selector_error& error) {
    return std::move(error);
  }
  return selector(std::move(program));
}

bool selector::matches(const property_source& properties) const {
  return selector_evaluator(*program_, properties, true).run() == selector_truth::yes;
}

selector_truth selector::evaluate(const property_source& properties) const {
  return selector_evaluator(*program_, properties, false).run();
}

const std::string& selector::text() const noexcept { return program_->text; }

std::size_t selector::memory_cost() const noexcept {
  const selector_program& p = *program_;
  // Literals are parts of the text, so that a second length of it is enough for them.
  std::size_t cost = sizeof p + 2 * p.text.size() + p.nodes.size() * sizeof(selector_node) +
                     p.constants.size() * sizeof(selector_operand) +
                     p.names.size() * sizeof(std::string_view);
  for (const auto& pattern : p.patterns) cost += pattern.memory_cost();
  for (const auto& list : p.lists) cost += list.size() * sizeof(std::string);
  return cost;
}

}  // namespace mockbroker
