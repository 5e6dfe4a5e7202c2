#include "harness/ladder/parser.hpp"

#include <algorithm>
#include <charconv>

#include "harness/ladder/lexer.hpp"
#include "harness/ladder/step_parser.hpp"
#include "harness/ladder/tables.hpp"

namespace harness::ladder {

namespace {

const names settings{"cites", "profile", "on", "delivery", "label", "clients"};

class file_parser {
 public:
  file_parser(std::string file, parse_result& out) : out_(out) { defaults_.file = std::move(file); }

  void run(std::string_view text) {
    const auto source = split_cases(text, defaults_.file, out_.errors);
    for (const auto& line : source.preamble) {
      parser_.at_line(line.number);
      guarded([&] { preamble(line); });
    }
    for (const auto& c : source.cases) take(c);
    check_names(out_, defaults_.file);
  }

 private:
  template <class F>
  void guarded(F f) {
    try {
      f();
    } catch (const step_error& e) {
      out_.errors.push_back({defaults_.file, e.line, e.column, e.text});
    }
  }

  void preamble(const source_line& line) {
    const auto words = parser_.words(line.text);
    if (words.empty()) return;
    if (!setting(words, defaults_)) {
      parser_.unknown(words[0], settings, "a setting or 'case NAME'");
    }
  }

  void take(const source_case& source) {
    row made = defaults_;
    made.line = source.lines[0].number;
    parser_.begin();
    bool sound = true;
    for (const auto& line : source.lines) {
      parser_.at_line(line.number);
      const auto before = out_.errors.size();
      guarded([&] { line_of(line, made); });
      sound = sound && before == out_.errors.size();
    }
    if (sound) guarded([&] { parser_.check_blocks_closed(); });
    if (sound && made.profile.empty()) {
      out_.errors.push_back({defaults_.file, made.line, 1,
                             "expected 'profile NAME' in case " + made.name + " or above it"});
    }
    if (sound) out_.rows.push_back(std::move(made));
  }

  void line_of(const source_line& line, row& into) {
    const auto words = parser_.words(line.text);
    if (words.empty()) return;
    if (words[0].is("case")) {
      if (words.size() != 2) parser_.fail(words[0], "expected 'case NAME'");
      into.name = words[1].text;
      return;
    }
    if (setting(words, into)) return;
    parser_.add(line.text, words, into.steps);
  }

  // A line that is about the row and not a step of it.
  bool setting(const std::vector<word>& words, row& into) {
    if (words[0].is("cites")) {
      into.cites = list_of(words);
    } else if (words[0].is("profile")) {
      if (words.size() != 2) parser_.fail(words[0], "expected 'profile NAME'");
      const names known(profile_names.begin(), profile_names.end());
      if (!is_profile(words[1].text)) parser_.unknown(words[1], known, "a profile");
      into.profile = words[1].text;
    } else if (words[0].is("on")) {
      into.on.clear();
      for (std::size_t i = 1; i < words.size(); ++i) {
        parser_.one_of(words[i], {"tcp", "ws"}, "a transport");
        into.on.insert(words[i].is("tcp") ? transport::tcp : transport::ws);
      }
      if (into.on.empty()) parser_.fail(words[0], "expected 'on tcp', 'on ws' or 'on tcp ws'");
    } else if (words[0].is("delivery")) {
      into.deliveries.clear();
      for (std::size_t i = 1; i < words.size(); ++i) into.deliveries.insert(delivery_of(words[i]));
      if (into.deliveries.empty()) parser_.fail(words[0], "expected written, split or joined");
    } else if (words[0].is("label")) {
      for (std::size_t i = 1; i < words.size(); ++i) into.labels.insert(words[i].text);
    } else if (words[0].is("clients")) {
      if (words.size() != 2) parser_.fail(words[0], "expected 'clients any'");
      parser_.one_of(words[1], {"any"}, "any");
      into.any_client = true;
    } else {
      return false;
    }
    return true;
  }

  delivery delivery_of(const word& w) {
    parser_.one_of(w, {"written", "split", "joined"}, "a delivery");
    if (w.is("written")) return delivery::written;
    return w.is("split") ? delivery::split : delivery::joined;
  }

  // `cites activemq.md 2.5, S-CON-1`: what commas separate.
  std::vector<std::string> list_of(const std::vector<word>& words) {
    std::vector<std::string> all;
    std::string one;
    for (std::size_t i = 1; i < words.size(); ++i) {
      std::string text = words[i].text;
      const bool last = text.ends_with(',');
      if (last) text.pop_back();
      one += (one.empty() ? "" : " ") + text;
      if (last || i + 1 == words.size()) all.push_back(std::exchange(one, {}));
    }
    if (all.empty()) parser_.fail(words[0], "expected 'cites RULE-OR-FACT'");
    return all;
  }

  parse_result& out_;
  row defaults_;
  step_parser parser_;
};

}  // namespace

void check_names(parse_result& all, const std::string& file) {
  std::vector<const row*> sorted;
  for (const auto& r : all.rows) sorted.push_back(&r);
  std::sort(sorted.begin(), sorted.end(),
            [](const row* a, const row* b) { return a->name < b->name; });
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i]->name != sorted[i - 1]->name) continue;
    all.errors.push_back({file, sorted[i]->line, 1,
                          "expected a name of its own, found '" + sorted[i]->name + "' again"});
  }
}

bool is_profile(std::string_view name) noexcept {
  return std::find(profile_names.begin(), profile_names.end(), name) != profile_names.end() ||
         name.starts_with("activemq-");
}

std::string to_string(const parse_error& e) {
  if (e.line == 0) return e.file + ": " + e.text;
  return e.file + ":" + std::to_string(e.line) + ":" + std::to_string(e.column) + ": " + e.text;
}

parse_result parse(std::string_view text, const std::string& file) {
  parse_result out;
  file_parser(file, out).run(text);
  return out;
}

}  // namespace harness::ladder
