#include "gateway/config/placeholders.hpp"

#include <cctype>
#include <utility>
#include <vector>

#include "gateway/core/descriptor.hpp"
#include "gateway/core/text.hpp"

namespace gateway {

namespace {

constexpr std::size_t largest = 64 * 1024;

bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '$';
}

// One #{...}: recursive descent over its inside. Offsets count from the start of the whole text.
class spring_expression {
 public:
  using value = std::optional<std::string>;

  spring_expression(std::string_view text, std::size_t start, const load_values& values)
      : text_(text), at_(start), values_(values) {}

  // Up to the closing brace; at() is then behind it.
  std::variant<value, placeholder_error> run() {
    const std::size_t first = at_;
    value v = elvis();
    skip_blanks();
    if (!error_ && !take('}')) fail("has '#{' without '}' or something unexpected in it");
    if (!error_ && !v)
      fail("is null: " + missing_ + " is not set and there is no ?: 'default'", first);
    if (error_) return *error_;
    return v;
  }
  std::size_t at() const { return at_; }

 private:
  void fail(std::string message) { fail(std::move(message), at_); }
  void fail(std::string message, std::size_t where) {
    if (!error_) error_ = placeholder_error{where, std::move(message)};
  }
  void skip_blanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  value elvis() {
    value v = sum();
    skip_blanks();
    while (!error_ && text_.substr(at_).starts_with("?:")) {
      at_ += 2;
      value other = sum();
      if (!v || v->empty()) v = std::move(other);
      skip_blanks();
    }
    return v;
  }

  value sum() {
    value v = term();
    skip_blanks();
    while (!error_ && take('+')) {
      const value next = term();
      v = added(v.value_or("null"), next.value_or("null"));
      skip_blanks();
    }
    return v;
  }

  // Numbers add up, everything else is put together.
  static std::string added(const std::string& a, const std::string& b) {
    const auto x = parse_integer(a);
    const auto y = parse_integer(b);
    long long sum = 0;
    if (!x || !y || __builtin_add_overflow(*x, *y, &sum)) return a + b;
    return std::to_string(sum);
  }

  value term() {
    skip_blanks();
    if (at_ >= text_.size()) return fail("has '#{' without '}'"), std::nullopt;
    if (text_[at_] == '\'' || text_[at_] == '"') return quoted();
    if (take('(')) {
      value v = elvis();
      skip_blanks();
      if (!take(')')) fail("has '(' without ')'");
      return v;
    }
    const std::size_t first = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    const std::string_view name = text_.substr(first, at_ - first);
    if (name.empty()) return fail("has something in '#{...}' that is not known here"), std::nullopt;
    if (std::isdigit(static_cast<unsigned char>(name[0])) || name == "true" || name == "false")
      return std::string(name);
    if (name == "null") return std::nullopt;
    return member(name, first);
  }

  value quoted() {
    const char quote = text_[at_++];
    std::string out;
    while (at_ < text_.size()) {
      if (text_[at_] != quote) {
        out += text_[at_++];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == quote) {
        out += quote;  // doubled: the quote itself
        at_ += 2;
      } else {
        ++at_;
        return out;
      }
    }
    return fail("has a text without its closing quote"), std::nullopt;
  }

  // .NAME or ['NAME'] of systemEnvironment, systemProperties or a <util:properties>.
  value member(std::string_view object, std::size_t first) {
    const auto bean = values_.properties.find(object);
    const bool system = object == "systemEnvironment" || object == "systemProperties";
    if (!system && bean == values_.properties.end()) return unknown(object, first), std::nullopt;
    std::string key;
    if (take('.')) {
      while (at_ < text_.size() && is_name(text_[at_])) key += text_[at_++];
    } else if (take('[')) {
      skip_blanks();
      const bool in_quotes = at_ < text_.size() && (text_[at_] == '\'' || text_[at_] == '"');
      if (in_quotes) key = quoted().value_or("");
      skip_blanks();
      if (!in_quotes || !take(']')) fail("expects ['NAME'] behind '" + std::string(object) + "'");
    }
    if (error_) return std::nullopt;
    if (key.empty())
      return fail("needs .NAME or ['NAME'] behind '" + printable(object, 40) + "'"), std::nullopt;
    missing_ = std::string(object) + "['" + printable(key, 60) + "']";
    if (object == "systemEnvironment")
      return values_.environment ? values_.environment(key) : std::nullopt;
    if (object == "systemProperties") return std::nullopt;
    const auto found = bean->second.find(key);
    return found == bean->second.end() ? value() : value(found->second);
  }

  void unknown(std::string_view object, std::size_t first) {
    std::vector<std::string_view> known{"systemEnvironment", "systemProperties"};
    for (const auto& [name, all] : values_.properties) known.push_back(name);
    fail("names '" + printable(object, 40) + "', which is not known" + suggestion(object, known),
         first);
  }

  std::string_view text_;
  std::size_t at_;
  const load_values& values_;
  std::string missing_ = "it";
  std::optional<placeholder_error> error_;
};

// One ${NAME} or ${NAME:default}, `at` behind the brace.
std::variant<std::string, placeholder_error> placeholder(std::string_view text, std::size_t& at,
                                                         const load_values& values) {
  const std::size_t close = text.find('}', at);
  if (close == text.npos) return placeholder_error{at - 2, "has '${' without '}'"};
  const std::string_view inside = text.substr(at, close - at);
  const auto colon = inside.find(':');
  const std::string_view name = inside.substr(0, colon);
  const std::size_t start = std::exchange(at, close + 1);
  if (auto found = values.environment ? values.environment(name) : std::nullopt) return *found;
  for (const auto& [bean, all] : values.properties) {
    const auto one = all.find(std::string(name));
    if (one != all.end()) return one->second;
  }
  if (colon != inside.npos) return std::string(inside.substr(colon + 1));
  return placeholder_error{start, "needs the environment variable '" + printable(name, 60) +
                                      "', which is not set (${NAME:default} gives a default)"};
}

}  // namespace

std::variant<std::string, placeholder_error> resolve_placeholders(std::string_view text,
                                                                  const load_values& values) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("#{")) {
      spring_expression inside(text, at + 2, values);
      auto got = inside.run();
      if (auto* wrong = std::get_if<placeholder_error>(&got)) return *wrong;
      out += *std::get<0>(got);
      at = inside.at();
    } else if (values.placeholders && rest.starts_with("${")) {
      at += 2;
      auto got = placeholder(text, at, values);
      if (auto* wrong = std::get_if<placeholder_error>(&got)) return *wrong;
      out += std::get<std::string>(got);
    } else {
      out += text[at++];
    }
    if (out.size() > largest) return placeholder_error{0, "becomes longer than 64 KiB"};
  }
  return out;
}

}  // namespace gateway
