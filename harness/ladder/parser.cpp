#include "harness/ladder/parser.hpp"

#include <algorithm>
#include <set>

#include "harness/ladder/step_parser.hpp"
#include "harness/ladder/tokens.hpp"
#include "harness/ladder/variables.hpp"

namespace harness::ladder {
namespace {

constexpr std::size_t most_cases = 20'000;

const std::vector<std::string_view> case_words = {"case",  "cites", "profile",   "on",
                                                  "label", "each",  "unordered", "end"};

bool is_case_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  });
}

// One `each`: the names of its columns and the rows.
struct table {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> rows;
  place at;
};

class file_parser {
 public:
  explicit file_parser(const std::string& file) : file_(file) {}

  std::variant<std::vector<ladder_case>, parse_error> parse(std::string_view text) {
    for (std::size_t number = 1; !text.empty() && !error_; ++number) {
      const auto end = text.find('\n');
      read_line(text.substr(0, end), number);
      text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    finish_case();
    if (!error_) return std::move(cases_);
    error_->file = file_;
    return *error_;
  }

 private:
  void fail(place at, std::string message) {
    if (!error_) error_ = parse_error{file_, at, std::move(message)};
  }

  void read_line(std::string_view line, std::size_t number) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    auto split = split_line(line, {number, 1});
    if (auto* e = std::get_if<parse_error>(&split)) return fail(e->at, e->message);
    const auto& words = std::get<std::vector<token>>(split);
    if (words.empty()) return;
    if (begins_step(words.front())) return read_step(words, line);
    const token& first = words.front();
    if (first.text == "|") return read_row(words);
    if (first.text == "case") return begin_case(words);
    if (first.text == "each") return begin_table(words);
    if (first.text == "unordered") return begin_group(words);
    if (first.text == "end") return end_group(first.at);
    if (!read_setting(words)) unknown(first);
  }

  void unknown(const token& t) {
    auto known = case_words;
    known.insert(known.end(), step_words().begin(), step_words().end());
    std::string message = "expected a directive or a step, found '" + t.text + "'";
    if (const auto near = nearest(t.text, known); !near.empty()) {
      message += "; did you mean '" + near + "'?";
    }
    fail(t.at, message);
  }

  // Settings in front of the first case hold for all cases of the file.
  bool read_setting(const std::vector<token>& words) {
    const std::string& key = words.front().text;
    ladder_case& into = open_ ? current_ : defaults_;
    if (key != "cites" && key != "label" && key != "on" && key != "profile") return false;
    if (words.size() < 2) fail(words.front().at, "expected a value after '" + key + "'");
    if (key == "on") into.on = {false, false};
    for (std::size_t i = 1; i < words.size(); ++i) {
      const token& t = words[i];
      if (key == "cites") {
        into.cites.push_back(t.text);
      } else if (key == "label") {
        into.labels.push_back(t.text);
      } else if (key == "profile") {
        expect_one_of(t, {"activemq", "strict"});
        into.profile = t.text;
      } else {
        expect_one_of(t, {"tcp", "ws"});
        (t.text == "tcp" ? into.on.tcp : into.on.ws) = true;
      }
    }
    return true;
  }
  void expect_one_of(const token& t, const std::vector<std::string_view>& known) {
    if (std::ranges::find(known, t.text) != known.end()) return;
    std::string message = "expected";
    for (const auto k : known) message += " " + std::string(k);
    message += ", found '" + t.text + "'";
    if (const auto near = nearest(t.text, known); !near.empty()) {
      message += "; did you mean '" + near + "'?";
    }
    fail(t.at, message);
  }

  void begin_case(const std::vector<token>& words) {
    finish_case();
    if (words.size() != 2) return fail(words.front().at, "expected 'case NAME'");
    current_ = defaults_;
    current_.name = words[1].text;
    current_.file = file_;
    current_.at = words[1].at;
    tables_.clear();
    open_ = true;
  }

  // each NAME in A B C, or each NAME NAME... and rows that begin with |
  void begin_table(const std::vector<token>& words) {
    if (!open_) return fail(words.front().at, "'each' belongs into a case");
    table t;
    t.at = words.front().at;
    std::size_t i = 1;
    for (; i < words.size() && words[i].text != "in"; ++i) {
      if (!is_variable_name(words[i].text)) {
        return fail(words[i].at, "expected a column's name, found '" + words[i].text + "'");
      }
      if (is_unique_name(words[i].text)) {
        return fail(words[i].at, "'" + words[i].text + "' is always a unique name");
      }
      t.names.push_back(words[i].text);
    }
    if (t.names.empty()) return fail(words.front().at, "expected 'each NAME...'");
    if (i < words.size()) {
      if (t.names.size() != 1) return fail(words[i].at, "'in' goes with one column");
      for (++i; i < words.size(); ++i) t.rows.push_back({cell_text(words[i])});
    }
    tables_.push_back(std::move(t));
  }
  // A cell without quotes may look like a field: a=b.
  static std::string cell_text(const token& t) {
    return t.what == token::kind::word ? t.text : t.text + t.op + t.value;
  }
  void read_row(const std::vector<token>& words) {
    if (tables_.empty()) return fail(words.front().at, "a row without 'each' above it");
    table& t = tables_.back();
    if (words.size() - 1 != t.names.size()) {
      return fail(words.front().at, "expected " + std::to_string(t.names.size()) +
                                        " cells, found " + std::to_string(words.size() - 1));
    }
    std::vector<std::string> cells;
    for (std::size_t i = 1; i < words.size(); ++i) cells.push_back(cell_text(words[i]));
    t.rows.push_back(std::move(cells));
  }

  void begin_group(const std::vector<token>& words) {
    if (!open_) return fail(words.front().at, "'unordered' belongs into a case");
    if (in_group_) return fail(words.front().at, "'unordered' inside 'unordered'");
    in_group_ = true;
    step group;
    group.kind = step_kind::unordered;
    group.at = words.front().at;
    group.source = "unordered";
    current_.steps.push_back(std::move(group));
  }
  void end_group(place at) {
    if (!in_group_) return fail(at, "'end' without 'unordered'");
    in_group_ = false;
  }

  void read_step(const std::vector<token>& words, std::string_view line) {
    if (!open_) return fail(words.front().at, "a step before the first 'case'");
    const auto start = line.find_first_not_of(" \t");
    auto made = parse_step(words, line.substr(start));
    if (auto* e = std::get_if<parse_error>(&made)) return fail(e->at, e->message);
    for (auto& s : std::get<std::vector<step>>(made)) {
      if (in_group_ && s.kind != step_kind::expect_frame) {
        return fail(s.at, "only '<' COMMAND may stand in 'unordered'");
      }
      auto& into = in_group_ ? current_.steps.back().inner : current_.steps;
      into.push_back(std::move(s));
    }
  }

  void finish_case() {
    if (!open_ || error_) return;
    open_ = false;
    if (in_group_) return fail(current_.at, "'unordered' without 'end'");
    for (const auto& t : tables_) {
      if (t.rows.empty()) return fail(t.at, "'each' without rows");
    }
    expand(0, current_);
  }

  // One case for every combination of the tables' rows.
  void expand(std::size_t next, const ladder_case& so_far) {
    if (error_) return;
    if (next == tables_.size()) return add_case(so_far);
    for (const auto& row : tables_[next].rows) {
      ladder_case with = so_far;
      for (std::size_t i = 0; i < row.size(); ++i) with.columns[tables_[next].names[i]] = row[i];
      expand(next + 1, with);
    }
  }

  void add_case(ladder_case made) {
    made.name = fill(made.name, [&](const std::string& name) {
      const auto column = made.columns.find(name);
      return column == made.columns.end() ? "$" + name : column->second;
    });
    if (!is_case_name(made.name)) {
      return fail(made.at,
                  "expected a name of letters, digits, - . and _, found '" + made.name + "'");
    }
    if (!names_.insert(made.name).second) {
      return fail(made.at, "a second case is called '" + made.name + "'");
    }
    if (cases_.size() == most_cases) return fail(made.at, "too many cases");
    for (auto& s : made.steps) spread(s, made);
    if (auto e = error_ ? std::nullopt : find_undefined(made)) fail(e->at, e->message);
    cases_.push_back(std::move(made));
  }

  // Puts a column's headers where the column stands for headers.
  void spread(step& s, const ladder_case& of) {
    for (auto& inner : s.inner) spread(inner, of);
    const bool writes = s.kind == step_kind::write_frame || s.kind == step_kind::connection;
    frame_pattern done;
    done.command = s.pattern.command;
    done.only = s.pattern.only;
    done.body = s.pattern.body;
    for (auto& f : s.pattern.fields) {
      if (f.how != match::spread) {
        done.fields.push_back(std::move(f));
        continue;
      }
      const auto name = lone_variable(f.name);
      const auto column = name ? of.columns.find(*name) : of.columns.end();
      if (column == of.columns.end()) {
        return fail(f.at, "expected HEADER=VALUE or a column, found '" + f.name + "'");
      }
      auto words = split_line(column->second, f.at);
      auto e = std::get_if<parse_error>(&words);
      if (e) return fail(f.at, "in column " + *name + ": " + e->message);
      if (auto wrong = parse_fields(std::get<std::vector<token>>(words), 0, !writes, done)) {
        return fail(f.at, "in column " + *name + ": " + wrong->message);
      }
    }
    s.pattern = std::move(done);
  }

  std::string file_;
  ladder_case defaults_;
  ladder_case current_;
  bool open_ = false;
  bool in_group_ = false;
  std::vector<table> tables_;
  std::vector<ladder_case> cases_;
  std::set<std::string> names_;
  std::optional<parse_error> error_;
};

}  // namespace

std::variant<std::vector<ladder_case>, parse_error> parse(std::string_view text,
                                                          const std::string& file) {
  return file_parser(file).parse(text);
}

bool ladder_case::has_label(const std::string& label) const {
  return std::ranges::find(labels, label) != labels.end();
}

std::string parse_error::text() const {
  return file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": " + message;
}

}  // namespace harness::ladder
