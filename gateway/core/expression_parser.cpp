// Compiles the text of a test into nodes. Recursive descent with a level counter; names are
// resolved here, so that evaluation has nothing left to look up or to refuse.
#include <array>
#include <charconv>
#include <span>

#include "gateway/core/expression.hpp"
#include "gateway/core/text.hpp"

namespace gateway {

namespace {

constexpr std::size_t max_text = 4096;
constexpr std::size_t max_levels = 64;
constexpr std::size_t max_nodes = 512;

enum class token_kind { end, name, number, text, symbol };

struct token {
  token_kind kind = token_kind::end;
  std::size_t offset = 0;
  std::string text;  // name, decoded string, or the symbol
  double number = 0;
};

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Splits the text into tokens; throws expression_error.
class lexer {
 public:
  explicit lexer(std::string_view text) : text_(text) {}

  token next() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos) ++at_;
    token t;
    t.offset = at_;
    if (at_ == text_.size()) return t;
    const char c = text_[at_];
    if (is_name_start(c)) return read_name(t);
    if (is_digit(c)) return read_number(t);
    if (c == '\'' || c == '"') return read_text(t, c);
    return read_symbol(t);
  }

 private:
  token read_name(token t) {
    t.kind = token_kind::name;
    while (at_ < text_.size() && (is_name_start(text_[at_]) || is_digit(text_[at_])))
      t.text += text_[at_++];
    return t;
  }

  token read_number(token t) {
    t.kind = token_kind::number;
    const char* end = text_.data() + text_.size();
    const auto read = std::from_chars(text_.data() + at_, end, t.number, std::chars_format::fixed);
    if (read.ec != std::errc{}) throw expression_error{at_, "this number is out of range"};
    at_ = static_cast<std::size_t>(read.ptr - text_.data());
    return t;
  }

  token read_text(token t, char quote) {
    t.kind = token_kind::text;
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (quote == '"' && text_.substr(at_).starts_with("${"))
        throw expression_error{at_, "'${' inside a text is not supported; use single quotes"};
      t.text += text_[at_] == '\\' ? escape() : text_[at_];
    }
    if (at_ == text_.size())
      throw expression_error{t.offset,
                             "this text has no closing quote (" + std::string(1, quote) + ")"};
    ++at_;
    return t;
  }

  char escape() {
    constexpr std::string_view names = "\\'\"nrt";
    constexpr std::string_view values = "\\'\"\n\r\t";
    if (++at_ < text_.size()) {
      const auto i = names.find(text_[at_]);
      if (i != names.npos) return values[i];
    }
    throw expression_error{at_ - 1, "only \\\\ \\' \\\" \\n \\r \\t may follow a backslash"};
  }

  token read_symbol(token t) {
    static constexpr std::array symbols = {
        "==~", "=~", "==", "!=", "<=", ">=", "&&", "||", "?.", "?:", "<", ">", "!", "(", ")", "[",
        "]",   ".",  ",",  "=",  "&",  "|",  "+",  "-",  "*",  "/",  "%", "?", ":", ";", "{", "}"};
    t.kind = token_kind::symbol;
    for (const std::string_view s : symbols) {
      if (!text_.substr(at_).starts_with(s)) continue;
      t.text = s;
      at_ += s.size();
      return t;
    }
    const std::size_t size = std::max<std::size_t>(1, utf8_sequence(text_.substr(at_)));
    throw expression_error{at_,
                           "unexpected character '" + printable(text_.substr(at_, size)) + "'"};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// What a chain of names stands for so far.
enum class meaning { value, exchange, message, headers };

struct operand {
  meaning is = meaning::value;
  expression::subject of = expression::subject::current;
  std::uint16_t node = 0;  // of a value
};

using op = expression::op;
using subject = expression::subject;

struct named_op {
  std::string_view name;
  op code;
};
constexpr std::array one_argument = {
    named_op{"equalsIgnoreCase", op::equals_ignore_case}, named_op{"contains", op::contains},
    named_op{"startsWith", op::starts_with}, named_op{"endsWith", op::ends_with},
    named_op{"equals", op::equal}};
constexpr std::array no_argument = {
    named_op{"toLowerCase", op::to_lower}, named_op{"toUpperCase", op::to_upper},
    named_op{"trim", op::trim}, named_op{"isEmpty", op::is_empty}, named_op{"length", op::length}};
constexpr std::array<std::string_view, 15> root_names = {
    "exc",  "exchange", "request",    "response", "message", "header", "headers", "method",
    "path", "uri",      "statusCode", "user",     "flow",    "true",   "false"};
// The first six are those of a request, the last four those of a response.
constexpr std::array<std::string_view, 7> message_names = {
    "method", "path", "uri", "header", "headers", "version", "statusCode"};
constexpr std::array<std::string_view, 10> method_names = {
    "equalsIgnoreCase", "contains",    "startsWith", "endsWith", "equals",
    "toLowerCase",      "toUpperCase", "trim",       "isEmpty",  "length"};

}  // namespace

class expression_compiler {
 public:
  explicit expression_compiler(std::string_view text) : lexer_(text) { advance(); }

  expression compile() {
    if (current_.kind == token_kind::end) fail("an expression is expected here");
    result_.root_ = parse_or();
    if (current_.kind != token_kind::end) unexpected();
    return std::move(result_);
  }

 private:
  // Counts nesting for the time it lives.
  struct level {
    explicit level(expression_compiler& c) : owner(c) {
      if (++owner.levels_ > max_levels)
        owner.fail("the expression is nested more than " + std::to_string(max_levels) + " levels");
    }
    ~level() { --owner.levels_; }
    expression_compiler& owner;
  };

  [[noreturn]] void fail(std::string message) const {
    fail_at(current_.offset, std::move(message));
  }
  [[noreturn]] static void fail_at(std::size_t offset, std::string message) {
    throw expression_error{offset, std::move(message)};
  }

  [[noreturn]] void unexpected() const {
    switch (current_.kind) {
      case token_kind::end:
        fail("the expression ends too early");
      case token_kind::name:
        fail("unexpected name '" + printable(current_.text, 40) + "'; an operator is expected");
      case token_kind::number:
        fail("unexpected number; an operator is expected");
      case token_kind::text:
        fail("unexpected text; an operator is expected");
      case token_kind::symbol:
        break;
    }
    if (current_.text == "=") fail("unexpected '='; did you mean '=='?");
    if (current_.text == "&") fail("unexpected '&'; did you mean '&&'?");
    if (current_.text == "|") fail("unexpected '|'; did you mean '||'?");
    if (current_.text == "-") fail("unexpected '-'; write a name with '-' as header['Some-Name']");
    if (current_.text == "=~" || current_.text == "==~")
      fail("'" + current_.text + "' (regular expression) is not supported here");
    fail("unexpected '" + current_.text + "'");
  }

  void advance() { current_ = lexer_.next(); }
  bool is_symbol(std::string_view s) const {
    return current_.kind == token_kind::symbol && current_.text == s;
  }
  bool is_word(std::string_view s) const {
    return current_.kind == token_kind::name && current_.text == s;
  }
  bool take(std::string_view symbol, std::string_view word = {}) {
    if (!is_symbol(symbol) && (word.empty() || !is_word(word))) return false;
    advance();
    return true;
  }
  void expect(std::string_view symbol) {
    if (is_symbol(symbol)) return advance();
    if (current_.kind == token_kind::end)
      fail("the expression ends too early; '" + std::string(symbol) + "' is expected");
    unexpected();
  }

  std::uint16_t add(expression::node n) {
    if (result_.nodes_.size() == max_nodes)
      fail("the expression has more than " + std::to_string(max_nodes) + " parts");
    result_.nodes_.push_back(std::move(n));
    return static_cast<std::uint16_t>(result_.nodes_.size() - 1);
  }
  std::uint16_t binary(op code, std::uint16_t left, std::uint16_t right) {
    return add({code, subject::current, left, right, {}});
  }
  std::uint16_t constant(expression_value v) {
    return add({op::constant, subject::current, 0, 0, std::move(v)});
  }
  operand value_of(op code, subject of = subject::current, std::string name = {}) {
    return {meaning::value, of, add({code, of, 0, 0, std::move(name)})};
  }

  std::uint16_t parse_or() {
    const level guard(*this);
    std::uint16_t left = parse_and();
    while (take("||", "or")) left = binary(op::logical_or, left, parse_and());
    return left;
  }

  std::uint16_t parse_and() {
    std::uint16_t left = parse_equality();
    while (take("&&", "and")) left = binary(op::logical_and, left, parse_equality());
    return left;
  }

  std::uint16_t parse_equality() {
    std::uint16_t left = parse_order();
    while (true) {
      if (take("==", "eq"))
        left = binary(op::equal, left, parse_order());
      else if (take("!=", "ne"))
        left = binary(op::not_equal, left, parse_order());
      else
        return left;
    }
  }

  std::uint16_t parse_order() {
    const std::uint16_t left = parse_unary();
    if (take("<=", "le")) return binary(op::less_equal, left, parse_unary());
    if (take(">=", "ge")) return binary(op::greater_equal, left, parse_unary());
    if (take("<", "lt")) return binary(op::less, left, parse_unary());
    if (take(">", "gt")) return binary(op::greater, left, parse_unary());
    return left;
  }

  std::uint16_t parse_unary() {
    const level guard(*this);
    if (take("!", "not")) return add({op::logical_not, subject::current, parse_unary(), 0, {}});
    return parse_chain();
  }

  // A primary and what hangs on it: .name, ['name'], .call(...).
  std::uint16_t parse_chain() {
    const std::size_t start = current_.offset;
    operand o = parse_primary();
    while (is_symbol(".") || is_symbol("?.") || is_symbol("[")) {
      const bool index = is_symbol("[");
      advance();
      o = index ? parse_index(o) : parse_member(o);
    }
    if (o.is == meaning::value) return o.node;
    if (o.is == meaning::headers)
      fail_at(start, "this stands for all headers; name one, as in header['Upgrade']");
    fail_at(start, "this stands for a whole message; name a part, as in request.method");
  }

  operand parse_primary() {
    const token t = current_;
    if (take("(")) {
      const std::uint16_t inner = parse_or();
      expect(")");
      return {meaning::value, subject::current, inner};
    }
    if (t.kind == token_kind::end || t.kind == token_kind::symbol) unexpected();
    advance();
    if (t.kind == token_kind::text) return {meaning::value, subject::current, constant(t.text)};
    if (t.kind == token_kind::number) return {meaning::value, subject::current, constant(t.number)};
    return root(t);
  }

  operand root(const token& t) {
    const std::string& n = t.text;
    if (n == "true" || n == "false")
      return {meaning::value, subject::current, constant(n == "true")};
    if (n == "null") return {meaning::value, subject::current, constant({})};
    if (n == "exc" || n == "exchange") return {meaning::exchange, subject::current, 0};
    if (n == "request") return {meaning::message, subject::request, 0};
    if (n == "response") return {meaning::message, subject::response, 0};
    if (n == "message") return {meaning::message, subject::current, 0};
    if (n == "header" || n == "headers") return {meaning::headers, subject::current, 0};
    if (n == "method") return value_of(op::method);
    if (n == "path") return value_of(op::path);
    if (n == "uri") return value_of(op::uri);
    if (n == "statusCode") return value_of(op::status);
    if (n == "flow") return value_of(op::flow);
    if (n == "user") {
      if (take("(")) expect(")");
      return value_of(op::user);
    }
    fail_at(t.offset, "name '" + printable(n, 40) + "' is not known" + suggestion(n, root_names));
  }

  operand parse_index(const operand& o) {
    if (o.is != meaning::headers) fail("only headers take '[...]', as in header['Upgrade']");
    if (current_.kind != token_kind::text) fail("a header name in quotes is expected");
    std::string name = current_.text;
    advance();
    expect("]");
    return value_of(op::header, o.of, std::move(name));
  }

  operand parse_member(const operand& o) {
    if (current_.kind != token_kind::name) fail("a name is expected after '.'");
    const token t = current_;
    advance();
    switch (o.is) {
      case meaning::exchange:
        return exchange_member(t);
      case meaning::message:
        return message_member(o, t);
      case meaning::headers:
        return headers_member(o, t);
      case meaning::value:
        break;
    }
    return value_member(o, t);
  }

  operand exchange_member(const token& t) {
    if (t.text == "request") return {meaning::message, subject::request, 0};
    if (t.text == "response") return {meaning::message, subject::response, 0};
    constexpr std::array<std::string_view, 2> names = {"request", "response"};
    fail_at(t.offset, "an exchange has no '" + printable(t.text, 40) +
                          "', only request and response" + suggestion(t.text, names));
  }

  operand message_member(const operand& o, const token& t) {
    const std::string& n = t.text;
    if (n == "header" || n == "headers") return {meaning::headers, o.of, 0};
    if (n == "version") return value_of(op::version, o.of);
    if (n == "statusCode" && o.of != subject::request) return value_of(op::status);
    if (o.of != subject::response) {
      if (n == "method") return value_of(op::method);
      if (n == "path") return value_of(op::path);
      if (n == "uri") return value_of(op::uri);
    }
    std::span<const std::string_view> names(message_names);
    if (o.of == subject::request) names = names.first(6);
    if (o.of == subject::response) names = names.subspan(3);
    const std::string_view whose = o.of == subject::request    ? "a request"
                                   : o.of == subject::response ? "a response"
                                                               : "a message";
    fail_at(t.offset, std::string(whose) + " has no '" + printable(n, 40) +
                          "' that a test can use" + suggestion(n, names));
  }

  operand headers_member(const operand& o, const token& t) {
    if (!is_symbol("(")) return value_of(op::header, o.of, t.text);
    op code = op::first_header;
    if (t.text == "contains" || t.text == "containsKey") {
      code = op::has_header;
    } else if (t.text != "getFirstValue") {
      constexpr std::array<std::string_view, 2> names = {"getFirstValue", "contains"};
      fail_at(t.offset,
              "headers have no method '" + printable(t.text, 40) + "'" + suggestion(t.text, names));
    }
    advance();
    if (current_.kind != token_kind::text) fail("a header name in quotes is expected");
    std::string name = current_.text;
    advance();
    expect(")");
    return value_of(code, o.of, std::move(name));
  }

  operand value_member(const operand& o, const token& t) {
    for (const named_op& m : one_argument) {
      if (m.name != t.text) continue;
      expect("(");
      const std::uint16_t argument = parse_or();
      expect(")");
      return {meaning::value, subject::current, binary(m.code, o.node, argument)};
    }
    for (const named_op& m : no_argument) {
      if (m.name != t.text) continue;
      expect("(");
      expect(")");
      return {meaning::value, subject::current, binary(m.code, o.node, 0)};
    }
    fail_at(t.offset, "a value has no method '" + printable(t.text, 40) + "'" +
                          suggestion(t.text, method_names));
  }

  lexer lexer_;
  token current_;
  std::size_t levels_ = 0;
  expression result_;
};

std::variant<expression, expression_error> expression::compile(std::string_view text) {
  if (text.size() > max_text)
    return expression_error{
        max_text, "the expression is longer than " + std::to_string(max_text) + " characters"};
  try {
    return expression_compiler(text).compile();
  } catch (expression_error& e) {
    return std::move(e);
  }
}

}  // namespace gateway
