// Text with ${expressions} in it, as in <log message>, <setHeader value> and target URLs.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "gateway/core/destination.hpp"
#include "gateway/core/expression.hpp"

namespace gateway {

class text_template {
 public:
  // How an inserted value is written into its surroundings; null: as it is.
  using escaping = std::string (*)(std::string_view);

  // Compiles `text`, which need not outlive the call. Braces within quotes do not end an
  // expression; a '${' without '}' is an error.
  static std::variant<text_template, expression_error> compile(
      std::string_view text, expression_language language = expression_language::automatic);

  // True without any text.
  bool empty() const noexcept { return pieces_.empty(); }
  // True when it is the same for every message.
  bool is_constant() const noexcept;
  // Null values are empty. Throws script_failure, as expression::evaluate, and beyond
  // script_limits::texts.
  std::string render(const exchange& ex, flow_direction where, escaping escape = nullptr) const;

 private:
  struct piece {
    std::string literal;
    std::optional<expression> value;  // behind the literal
  };
  std::vector<piece> pieces_;
};

// A destination that is known only when a message is there: values are inserted URL-encoded.
class destination_template {
 public:
  // `url` compiles (attribute_type::url_template). `ports` rewrites ports of loopback hosts.
  destination_template(text_template url, port_map ports)
      : url_(std::move(url)), ports_(std::move(ports)) {}
  // Nothing when the result is not a URL that can be called.
  std::optional<destination> evaluate(const exchange& ex) const;

 private:
  text_template url_;
  port_map ports_;
};

}  // namespace gateway
