#include "mockbroker/broker/selector.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

using mockbroker::selector;
using mockbroker::selector_error;
using mockbroker::selector_truth;
using mockbroker::selector_value;

namespace {

class properties final : public mockbroker::property_source {
 public:
  properties() = default;
  // NAME=VALUE;..., as tests/data/selector/rows.txt explains.
  explicit properties(std::string_view list);

  selector_value get(std::string_view name) const override {
    ++looked_up;
    const auto found = values_.find(name);
    if (found == values_.end()) return {};
    const auto& [type, text] = found->second;
    if (type == 'i') return static_cast<std::int32_t>(std::stol(text));
    if (type == 'l') return std::int64_t{std::stoll(text)};
    if (type == 'd') return std::stod(text);
    if (type == 'b') return text == "true";
    return std::string_view(text);
  }
  void set(std::string name, char type, std::string text) {
    values_[std::move(name)] = {type, std::move(text)};
  }
  mutable int looked_up = 0;

 private:
  std::map<std::string, std::pair<char, std::string>, std::less<>> values_;
};

std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    const std::string_view from = "ntrfps", to = "\n\t\r\f| ";
    const std::size_t known = from.find(text[++i]);
    result += known == from.npos ? text[i] : to[known];
  }
  return result;
}

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (std::size_t at = 0;;) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    parts.emplace_back(text.substr(at, end - at));
    if (end == text.size()) return parts;
    at = end + separator.size();
  }
}

properties::properties(std::string_view list) {
  const std::map<std::string_view, char> fields = {
      {"JMSPriority", 'i'}, {"JMSTimestamp", 'l'}, {"JMSRedelivered", 'b'}};
  if (list == "-") return;
  for (const std::string& pair : split(list, ";")) {
    const std::size_t equals = pair.find('=');
    std::string name = pair.substr(0, equals);
    char type = fields.contains(name) ? fields.at(name) : 's';
    if (const std::size_t colon = name.find(':'); colon != name.npos) {
      type = name[colon + 1];
      name.resize(colon);
    }
    set(name, type, unescaped(std::string_view(pair).substr(equals + 1)));
  }
}

struct row {
  std::string name;
  bool convert;
  std::string text;
  std::string properties;
  std::string outcome;
};

std::vector<row> rows() {
  std::vector<row> result;
  std::ifstream in(PUMPHOUSE_SOURCE_DIR "/tests/data/selector/rows.txt");
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    const auto cells = split(line, " | ");
    if (cells.size() != 5) throw std::runtime_error("bad row: " + line);
    result.push_back({cells[0], cells[1] == "convert", unescaped(cells[2]), cells[3], cells[4]});
  }
  return result;
}

std::string outcome_of(const row& r) {
  const auto compiled = selector::compile(r.text, r.convert);
  if (std::holds_alternative<selector_error>(compiled)) return "error";
  const properties given(r.properties);
  const auto& s = std::get<selector>(compiled);
  const selector_truth truth = s.evaluate(given);
  const std::map<selector_truth, std::string> names = {{selector_truth::yes, "true"},
                                                       {selector_truth::no, "false"},
                                                       {selector_truth::unknown, "unknown"},
                                                       {selector_truth::failed, "failed"}};
  const bool matches = s.matches(given);
  if (matches == (truth == selector_truth::yes)) return names.at(truth);
  return names.at(truth) + (matches ? "/true" : "/false");
}

selector compiled(std::string_view text) {
  auto result = selector::compile(text);
  if (const auto* e = std::get_if<selector_error>(&result)) ADD_FAILURE() << e->message;
  return std::get<selector>(std::move(result));
}

selector_error error_of(std::string_view text) {
  const auto result = selector::compile(text);
  const auto* e = std::get_if<selector_error>(&result);
  return e ? *e : selector_error{"none", 0};
}

std::string repeated(std::string_view part, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += part;
  return result;
}

}  // namespace

TEST(Selector, GivesWhatActiveMqGives) {
  const auto all = rows();
  EXPECT_GT(all.size(), 400U);
  for (const row& r : all)
    EXPECT_EQ(outcome_of(r), r.outcome) << r.name << ": " << r.text << " with " << r.properties;
}

TEST(Selector, ErrorsSayWhatAndWhere) {
  const struct {
    const char* text;
    const char* message;
    std::size_t column;
  } cases[] = {
      {"", "the selector ends too early", 1},
      {"a = ", "the selector ends too early", 5},
      {"a = 1 b", "unexpected 'b'", 7},
      {"a = 'x", "the text does not end", 5},
      {"a ? 1", "unexpected '?'", 3},
      {"(a = 1", "expected ')'", 7},
      {"a IN (1)", "expected a text in single quotes", 7},
      {"a BETWEEN 1", "expected AND", 12},
      {"a IS 1", "expected NULL", 6},
      {"a NOT 1", "expected LIKE, IN or BETWEEN", 7},
      {"a LIKE 'x' ESCAPE 'yy'", "ESCAPE needs one character", 19},
      {"a = NULL", "nothing is equal to NULL; use IS NULL", 3},
      {"a > 'x'", "only numbers are less or greater than others", 3},
      {"1 + 1", "this is no condition, which can be true or false", 1},
      {"a = 1 AND 5", "this is no condition, which can be true or false", 11},
      {"0x8000000000000000 = 1", "the number is too large", 1},
      {"REGEX('a', b)", "there is no function 'REGEX' here", 1},
      {"XPATH '//a'", "XPATH is not supported: it needs an XML library", 1},
  };
  for (const auto& c : cases) {
    const selector_error e = error_of(c.text);
    EXPECT_EQ(e.message, c.message) << c.text;
    EXPECT_EQ(e.column, c.column) << c.text;
  }
}

TEST(Selector, IsBounded) {
  const std::string longest = "a = '" + std::string(selector::longest_text - 6, 'x') + "'";
  EXPECT_TRUE(std::holds_alternative<selector>(selector::compile(longest)));
  EXPECT_EQ(error_of(longest + " ").message, "the selector is too long");
  EXPECT_EQ(error_of(repeated("(", 5000)).message, "nested too deep");
  EXPECT_EQ(error_of(repeated("NOT ", 2000) + "TRUE").message, "nested too deep");
  EXPECT_EQ(error_of("a = 1" + repeated("+1", 4000)).message, "nested too deep");
  EXPECT_EQ(error_of("a = 1" + repeated("=TRUE", 2000)).message, "nested too deep");
}

TEST(Selector, ALongChainOfTermsIsNotDeep) {
  const auto any = compiled("a=0" + repeated(" OR a=1", 1200) + " OR b=2");
  EXPECT_TRUE(any.matches(properties("a=5;b=2")));
  EXPECT_FALSE(any.matches(properties("a=5;b=3")));
  const auto all = compiled("a=1" + repeated(" AND a=1", 1200));
  EXPECT_TRUE(all.matches(properties("a=1")));
}

TEST(Selector, GluedTextsAreBounded) {
  properties given;
  given.set("a", 's', std::string(1000, 'x'));
  EXPECT_EQ(compiled("a" + repeated("+a", 9) + " = 'x'").evaluate(given), selector_truth::no);
  EXPECT_EQ(compiled("a" + repeated("+a", 100) + " = 'x'").evaluate(given), selector_truth::failed);
}

// A pattern that takes exponential time where somebody goes back to every `%`.
TEST(Selector, LikeGoesBackToTheLastPercentOnly) {
  properties given;
  given.set("a", 's', std::string(10000, 'a'));
  EXPECT_FALSE(compiled("a LIKE '" + repeated("%a", 2000) + "b'").matches(given));
  EXPECT_TRUE(compiled("a LIKE '" + repeated("%a", 2000) + "'").matches(given));
}

TEST(Selector, LooksUpNoMoreThanItNeeds) {
  const properties given("a=1");
  EXPECT_TRUE(compiled("a = 1 OR b = 2 OR c = 3").matches(given));
  EXPECT_EQ(given.looked_up, 1);
  EXPECT_FALSE(compiled("missing = 1 AND b = 2").matches(given));
  EXPECT_EQ(given.looked_up, 2);
}

TEST(Selector, CopiesOutliveTheOriginal) {
  auto original = std::make_unique<selector>(compiled("a = 'x' AND b IN ('y') AND c LIKE 'z%'"));
  const selector copy = *original;
  original.reset();
  EXPECT_EQ(copy.text(), "a = 'x' AND b IN ('y') AND c LIKE 'z%'");
  EXPECT_TRUE(copy.matches(properties("a=x;b=y;c=zz")));
  EXPECT_GT(copy.memory_cost(), copy.text().size());
}
