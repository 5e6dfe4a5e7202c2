// Statements of scripts.
#include <algorithm>

#include "gateway/core/script_parser.hpp"

namespace gateway::script_code {

namespace {

constexpr std::string_view refused_words[] = {"for",    "while",  "do",    "switch", "try",
                                              "throw",  "import", "class", "assert", "package",
                                              "static", "void",   "enum",  "goto",   "in"};
constexpr std::string_view type_words[] = {"def",     "var",  "final",   "String",
                                           "int",     "long", "boolean", "Object",
                                           "Integer", "Long", "Boolean"};

template <class List>
bool contains(const List& list, std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

}  // namespace

bool is_refused_word(std::string_view word) noexcept { return contains(refused_words, word); }

void compiler::end_statement() {
  if (current_.kind == token_kind::end || is_symbol("}") || current_.line_before) return;
  if (is_word("else")) return;
  if (is_symbol(";")) return advance();
  unexpected();
}

void compiler::parse_statement(std::vector<std::uint16_t>& list) {
  const level guard(*this);
  if (is_symbol(";")) return advance();
  if (is_symbol("{")) return list.push_back(parse_body());
  if (is_word("if")) return parse_if(list);
  if (current_.kind == token_kind::name && is_refused_word(current_.text))
    fail("'" + current_.text + "' is not supported here");
  if (current_.kind == token_kind::name && contains(type_words, current_.text))
    return parse_declaration(list);
  if (is_word("return")) return parse_return(list);
  if (begins_variable()) return parse_declaration(list);
  const body_use before = out_.reads;
  const operand o = parse_choice();
  if (is_symbol("=") || is_symbol("+=")) {
    if (is_symbol("=")) out_.reads = before;  // what is replaced need not be read
    parse_assignment(o, list);
  } else if (o.node != none) {
    list.push_back(o.node);
    if (o.is == kind::scalar || o.is == kind::outcome || o.is == kind::built)
      bare_[o.node] = o.is == kind::outcome;
  }
  end_statement();
}

void compiler::parse_return(std::vector<std::uint16_t>& list) {
  const std::size_t offset = current_.offset;
  advance();
  std::uint16_t result = none;
  bool is_outcome = false;
  if (current_.kind != token_kind::end && !is_symbol(";") && !is_symbol("}") &&
      !current_.line_before) {
    const operand o = parse_choice();
    is_outcome = o.is == kind::outcome;
    result = is_outcome || o.is == kind::built ? o.node : value(o);
  }
  list.push_back(give(result, is_outcome, offset));
  end_statement();
}

// Whether a new name and '=' come: a variable of the script comes into being with its first value.
bool compiler::begins_variable() {
  if (current_.kind != token_kind::name || variables_.count(current_.text) > 0) return false;
  for (const root_row& row : roots())
    if (row.name == current_.text) return false;
  lexer ahead = lexer_;
  const token next = ahead.next();
  return next.kind == token_kind::symbol && next.text == "=" && current_.text != "new" &&
         current_.text != "null";
}

void compiler::parse_assignment(const operand& target, std::vector<std::uint16_t>& list) {
  const place to = last_place_;
  if (to.write == op::constant) fail_at(target.offset, "this cannot be assigned to");
  const bool adds = is_symbol("+=");
  advance();
  operand from = parse_choice();
  if (adds) from = make(op::add, target.offset, value(target), value(from));
  list.push_back(assign(to, from, target.offset));
}

std::uint16_t compiler::assign(const place& to, const operand& from, std::size_t offset) {
  std::uint16_t given = none;
  if (to.message) {
    if (from.is != kind::built)
      fail_at(from.offset,
              "a message that was built is expected here, as in new "
              "Request.Builder()...build()");
    given = from.node;
  } else {
    given = value(from);
  }
  node n{.code = to.write, .of = to.of};
  n.offset = static_cast<std::uint32_t>(offset);
  if (to.write == op::store) {
    n.a = given;
    n.slot = to.slot;
  } else {
    n.a = to.base;
    n.b = to.key == none ? given : to.key;
    n.c = to.key == none ? none : given;
  }
  return add(std::move(n));
}

void compiler::parse_declaration(std::vector<std::uint16_t>& list) {
  while (current_.kind == token_kind::name && contains(type_words, current_.text)) advance();
  const token name = current_;
  if (name.kind != token_kind::name) fail("the name of a variable is expected here");
  for (const root_row& row : roots())
    if (row.name == name.text && row.groovy_only)
      fail("'" + name.text + "' cannot be the name of a variable");
  advance();
  if (!is_symbol("=")) {
    declare(name, nullptr, list);
    return end_statement();
  }
  advance();
  const operand first = parse_choice();
  declare(name, &first, list);
  end_statement();
}

void compiler::declare(const token& name, const operand* first, std::vector<std::uint16_t>& list) {
  if (variables_.size() == max_variables) fail("there are too many variables");
  variable v;
  v.slot = out_.slots++;
  if (first) {
    v.is = first->is;
    v.of = first->of;
    if (v.is == kind::nothing) fail_at(first->offset, "this has no value");
    if (v.is == kind::outcome)
      fail_at(first->offset, "this cannot be kept in a variable; use it in place");
    const bool stored = v.is == kind::scalar || v.is == kind::built;
    // Other things are only another name for what they are.
    if (!stored && first->node != none)
      fail_at(first->offset, "this cannot be kept in a variable; use it in place");
    if (stored) {
      node n{.code = op::store, .a = first->node};
      n.offset = static_cast<std::uint32_t>(name.offset);
      n.slot = v.slot;
      list.push_back(add(std::move(n)));
    }
  }
  variables_[name.text] = v;
}

void compiler::parse_if(std::vector<std::uint16_t>& list) {
  const std::size_t offset = current_.offset;
  advance();
  expect("(");
  ++parentheses_;
  const std::uint16_t test = truth(parse_choice());
  expect(")");
  --parentheses_;
  const std::uint16_t yes = parse_body();
  std::uint16_t no = none;
  if (is_word("else")) {
    advance();
    no = parse_body();
  }
  list.push_back(make(op::branch, offset, test, yes, no).node);
}

// A block, or a single statement. Variables that begin in it end with it.
std::uint16_t compiler::parse_body() {
  const auto outer = variables_;
  node all{.code = op::block};
  if (is_symbol("{")) {
    const std::size_t open = current_.offset;
    const std::size_t parentheses = std::exchange(parentheses_, 0);
    advance();
    while (!is_symbol("}")) {
      if (current_.kind == token_kind::end) fail_at(open, "this '{' has no '}'");
      parse_statement(all.list);
    }
    parentheses_ = parentheses;
    advance();
  } else {
    if (current_.kind == token_kind::end) unexpected();
    parse_statement(all.list);
  }
  variables_ = outer;
  return add(std::move(all));
}

std::uint16_t compiler::give(std::uint16_t result, bool is_outcome, std::size_t offset) {
  const std::uint16_t made = make(op::give, offset, result).node;
  if (is_outcome) out_.nodes[made].slot = gives_outcome;
  return made;
}

// Groovy: what the last statement gives is the answer of the script. An assignment there is no
// answer here: old files end with one and mean nothing by it.
void compiler::answer_with_last(std::uint16_t index) {
  if (out_.nodes[index].code == op::branch) {
    const auto [yes, no] = std::pair(out_.nodes[index].b, out_.nodes[index].c);
    answer_with_last(yes);
    if (no != none) answer_with_last(no);
    return;
  }
  if (out_.nodes[index].code != op::block || out_.nodes[index].list.empty()) return;
  const std::uint16_t last = out_.nodes[index].list.back();
  if (bare_.count(last) == 0) return answer_with_last(last);
  const std::uint16_t answer = give(last, bare_.at(last), out_.nodes[last].offset);
  out_.nodes[index].list.back() = answer;
}

}  // namespace gateway::script_code
