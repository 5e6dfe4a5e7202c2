#include "gateway/core/expression.hpp"

#include <charconv>
#include <cstdint>

#include "gateway/core/script_compiler.hpp"
#include "gateway/core/script_machine.hpp"

namespace gateway {

namespace {

std::variant<script_code::program, expression_error> compile_as(std::string_view text,
                                                                script_code::dialect language) {
  try {
    return script_code::compile_expression(text, language);
  } catch (expression_error& e) {
    return std::move(e);
  }
}

}  // namespace

std::string to_text(const expression_value& v) {
  if (const bool* b = std::get_if<bool>(&v)) return *b ? "true" : "false";
  if (const double* d = std::get_if<double>(&v)) {
    char buffer[32];
    // Whole numbers are written out.
    constexpr double exact = 9007199254740992;
    const bool whole = *d > -exact && *d < exact && *d == static_cast<double>(std::int64_t(*d));
    const auto end = whole ? std::to_chars(buffer, buffer + sizeof buffer, std::int64_t(*d))
                           : std::to_chars(buffer, buffer + sizeof buffer, *d);
    return {buffer, end.ptr};
  }
  const std::string* s = std::get_if<std::string>(&v);
  return s ? *s : std::string();
}

std::variant<expression, expression_error> expression::compile(std::string_view text,
                                                               expression_language language) {
  using script_code::dialect;
  auto made =
      compile_as(text, language == expression_language::groovy ? dialect::groovy : dialect::spel);
  if (language == expression_language::automatic) {
    if (const auto* wrong = std::get_if<expression_error>(&made)) {
      auto old = compile_as(text, dialect::groovy);
      const auto* also = std::get_if<expression_error>(&old);
      // The one that got further says what is really wrong.
      if (!also || also->offset >= wrong->offset) made = std::move(old);
    }
  }
  if (auto* wrong = std::get_if<expression_error>(&made)) return std::move(*wrong);
  expression out;
  out.code_ =
      std::make_shared<script_code::program>(std::get<script_code::program>(std::move(made)));
  return out;
}

expression_value expression::evaluate(const exchange& ex, flow_direction where) const {
  if (!code_) return {};
  return script_code::machine(*code_, ex, where, nullptr, nullptr).run();
}

bool expression::test(const exchange& ex, flow_direction where) const {
  if (!code_) return false;
  script_code::machine run(*code_, ex, where, nullptr, nullptr);
  return run.truth(run.run());
}

}  // namespace gateway
