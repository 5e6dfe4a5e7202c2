#include "gateway/core/script_compiler.hpp"

#include "gateway/core/script_parser.hpp"

namespace gateway::script_code {

namespace {

constexpr std::size_t max_expression = 4096;
constexpr std::size_t max_script = 32 * 1024;

}  // namespace

program compile_expression(std::string_view text, dialect language) {
  if (text.size() > max_expression)
    throw expression_error{max_expression, "the expression is longer than " +
                                               std::to_string(max_expression) + " characters"};
  return compiler(text, language, false).expression();
}

program compile_script(std::string_view text) {
  if (text.size() > max_script)
    throw expression_error{
        max_script, "the script is longer than " + std::to_string(max_script) + " characters"};
  return compiler(text, dialect::groovy, true).script();
}

}  // namespace gateway::script_code
