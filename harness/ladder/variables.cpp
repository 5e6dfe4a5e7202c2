#include "harness/ladder/variables.hpp"

#include <algorithm>
#include <set>

#include "harness/ladder/tokens.hpp"

namespace harness::ladder {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Calls `plain` and `name` for the parts of `text` in order. A dollar without a name is itself.
template <class Plain, class Name>
void split(std::string_view text, Plain plain, Name name) {
  while (!text.empty()) {
    const auto dollar = text.find('$');
    plain(text.substr(0, dollar));
    if (dollar == text.npos) return;
    text.remove_prefix(dollar + 1);
    const bool braced = text.starts_with('{');
    std::size_t size = braced ? 1 : 0;
    while (size < text.size() && (is_letter(text[size]) || is_digit(text[size]))) ++size;
    const auto word = text.substr(braced ? 1 : 0, braced ? size - 1 : size);
    if (!is_variable_name(word) || (braced && (size == text.size() || text[size] != '}'))) {
      plain("$");
      if (text.starts_with('$')) text.remove_prefix(1);
      continue;
    }
    name(std::string(word));
    text.remove_prefix(size + (braced ? 1 : 0));
  }
}

class checker {
 public:
  explicit checker(const ladder_case& of) : of_(of) {
    for (const auto& [name, text] : of.columns) known_.insert(name);
  }
  std::optional<parse_error> run() {
    for (const auto& s : of_.steps) visit(s);
    return error_;
  }

 private:
  void visit(const step& s) {
    const bool reads = s.kind == step_kind::expect_frame || s.kind == step_kind::expect_head;
    uses(s.text, s.at);
    uses(s.pattern.command, s.at);
    for (const auto& f : s.pattern.fields) visit(f, reads);
    if (s.pattern.body) visit(*s.pattern.body, reads);
    for (const auto& inner : s.inner) visit(inner);
  }
  void visit(const field& f, bool reads) {
    uses(f.name, f.at);
    const auto name = lone_variable(f.value);
    if (reads && f.how == match::exact && name && !is_unique_name(*name)) {
      known_.insert(*name);
    } else {
      uses(f.value, f.at);
    }
  }
  void uses(std::string_view text, place at) {
    for (const auto& name : variables_in(text)) {
      if (error_ || is_unique_name(name) || known_.contains(name)) continue;
      std::string message = "nothing before this defines $" + name;
      const std::vector<std::string_view> names(known_.begin(), known_.end());
      if (const auto near = nearest(name, names); !near.empty()) {
        message += "; did you mean $" + near + "?";
      }
      error_ = parse_error{of_.file, at, message};
    }
  }

  const ladder_case& of_;
  std::set<std::string> known_;
  std::optional<parse_error> error_;
};

}  // namespace

bool is_variable_name(std::string_view name) noexcept {
  return !name.empty() && is_letter(name[0]) &&
         std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c); });
}

bool is_unique_name(std::string_view name) noexcept {
  return name.starts_with('q') && std::ranges::all_of(name.substr(1), is_digit);
}

std::vector<std::string> variables_in(std::string_view text) {
  std::vector<std::string> names;
  split(
      text, [](std::string_view) {}, [&](std::string name) { names.push_back(std::move(name)); });
  return names;
}

std::optional<std::string> lone_variable(std::string_view text) {
  if (!text.starts_with('$')) return std::nullopt;
  const auto names = variables_in(text);
  if (names.size() != 1) return std::nullopt;
  const auto& name = names.front();
  if (text == "$" + name || text == "${" + name + "}") return name;
  return std::nullopt;
}

std::string fill(std::string_view text,
                 const std::function<std::string(const std::string&)>& value_of) {
  std::string out;
  split(
      text, [&](std::string_view plain) { out += plain; },
      [&](const std::string& name) { out += value_of(name); });
  return out;
}

std::optional<parse_error> find_undefined(const ladder_case& of) { return checker(of).run(); }

}  // namespace harness::ladder
