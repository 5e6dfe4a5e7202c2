#include "gateway/core/text_template.hpp"

#include <algorithm>

#include "gateway/core/script.hpp"
#include "gateway/core/script_lexer.hpp"

namespace gateway {

std::variant<text_template, expression_error> text_template::compile(std::string_view text,
                                                                     expression_language language) {
  text_template made;
  for (std::size_t at = 0; at < text.size();) {
    piece p;
    const auto open = std::min(text.find("${", at), text.size());
    p.literal = text.substr(at, open - at);
    at = open;
    if (open < text.size()) {
      const auto close = script_code::closing_brace(text, open + 2);
      if (close == text.npos) return expression_error{open, "has '${' without '}'"};
      auto compiled = expression::compile(text.substr(open + 2, close - open - 2), language);
      if (auto* wrong = std::get_if<expression_error>(&compiled))
        return expression_error{open + 2 + wrong->offset,
                                "holds what is not an expression: " + wrong->message};
      p.value = std::get<expression>(std::move(compiled));
      at = close + 1;
    }
    made.pieces_.push_back(std::move(p));
  }
  return made;
}

bool text_template::is_constant() const noexcept {
  return std::none_of(pieces_.begin(), pieces_.end(), [](const piece& p) { return !!p.value; });
}

std::string text_template::render(const exchange& ex, flow_direction where, escaping escape) const {
  std::string out;
  for (const piece& p : pieces_) {
    out += p.literal;
    if (!p.value) continue;
    const std::string text = to_text(p.value->evaluate(ex, where));
    out += escape ? escape(text) : text;
    if (out.size() > script_limits::texts) throw script_failure(0, "the text becomes too long");
  }
  return out;
}

std::optional<destination> destination_template::evaluate(const exchange& ex) const {
  const auto encode = [](std::string_view text) { return net::percent_encode(text); };
  const auto parsed = parse_destination(url_.render(ex, flow_direction::request, encode));
  const auto* to = std::get_if<destination>(&parsed);
  if (!to) return std::nullopt;
  destination out = *to;
  out.port = mapped_port(ports_, out.host, out.port);
  return out;
}

}  // namespace gateway
