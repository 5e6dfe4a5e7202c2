#include "harness/ladder/tables.hpp"

#include <algorithm>

namespace harness::ladder {

namespace {

constexpr std::size_t most_rows = 2000;  // of one case

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

bool is_column_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool is_taken(std::string_view name) {
  constexpr std::string_view names[] = {"q", "last", "now", "i", "transport", "port"};
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// The cells of "a | b | c".
std::vector<std::string> cells(std::string_view text) {
  std::vector<std::string> all;
  while (true) {
    const auto bar = text.find(" |");
    all.emplace_back(trimmed(text.substr(0, bar)));
    if (bar == text.npos) return all;
    text.remove_prefix(bar + 2);
  }
}

struct table {
  unsigned line = 0;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

// Puts the cells of one combination in the place of `$column` and `${column}`.
std::string filled(std::string_view text,
                   const std::vector<std::pair<std::string, std::string>>& by) {
  std::string out;
  while (!text.empty()) {
    const auto dollar = text.find('$');
    out += text.substr(0, dollar);
    if (dollar == text.npos) break;
    text.remove_prefix(dollar);
    const bool braces = text.size() > 1 && text[1] == '{';
    const std::size_t from = braces ? 2 : 1;
    std::size_t end = from;
    while (end < text.size() && is_column_name(text.substr(end, 1))) ++end;
    const auto name = text.substr(from, end - from);
    const auto found =
        std::find_if(by.begin(), by.end(), [&](const auto& cell) { return cell.first == name; });
    if (braces && end < text.size() && text[end] == '}') ++end;
    if (found == by.end()) {
      out += text.substr(0, end);
    } else {
      // A cell may name a column of an earlier table.
      out += found->second;
    }
    text.remove_prefix(end);
  }
  return out;
}

class expander {
 public:
  expander(const std::string& file, std::vector<parse_error>& errors)
      : file_(file), errors_(errors) {}

  void expand(const source_case& from, std::vector<source_case>& into) {
    source_case rest;
    std::vector<table> tables;
    for (const auto& line : from.lines) take(line, rest, tables);
    std::size_t count = 1;
    for (const table& t : tables) {
      if (t.rows.empty()) fail(t.line, 1, "expected rows of the table: lines that begin with '|'");
      count *= t.rows.size();
    }
    if (count == 0) return;
    if (count > most_rows) return fail(from.lines[0].number, 1, "expected at most 2000 rows");
    for (std::size_t i = 0; i < count; ++i) into.push_back(combination(rest, tables, i));
  }

 private:
  void take(const source_line& line, source_case& rest, std::vector<table>& tables) {
    const auto text = trimmed(line.text);
    if (text.starts_with("with ")) {
      tables.push_back(begin_table(line, trimmed(text.substr(5))));
    } else if (text.starts_with("|")) {
      const auto column = unsigned(line.text.find('|')) + 1;
      auto row = cells(text.substr(1));
      if (tables.empty())
        return fail(line.number, column, "expected 'with COLUMNS' above this row");
      if (row.size() != tables.back().columns.size()) {
        fail(line.number, column,
             "expected " + std::to_string(tables.back().columns.size()) + " cells, found " +
                 std::to_string(row.size()));
        row.resize(tables.back().columns.size());
      }
      tables.back().rows.push_back(std::move(row));
    } else {
      rest.lines.push_back(line);
    }
  }

  // `with a b c`, or `with a = x | y | z`.
  table begin_table(const source_line& line, std::string_view text) {
    table t;
    t.line = line.number;
    const auto equals = text.find('=');
    auto names = trimmed(text.substr(0, equals));
    while (!names.empty()) {
      const auto end = names.find_first_of(" \t");
      t.columns.emplace_back(names.substr(0, end));
      if (!is_column_name(t.columns.back())) {
        fail(line.number, unsigned(line.text.find(t.columns.back())) + 1,
             "expected a column's name of a-z, 0-9 and _, found '" + t.columns.back() + "'");
      }
      if (is_taken(t.columns.back())) {
        fail(line.number, unsigned(line.text.find(" " + t.columns.back())) + 2,
             "expected another name, '$" + t.columns.back() + "' is a variable of every row");
      }
      names = end == names.npos ? std::string_view() : trimmed(names.substr(end));
    }
    if (equals == text.npos) return t;
    if (t.columns.size() != 1) {
      fail(line.number, unsigned(line.text.find('=')) + 1, "expected one column in front of '='");
    }
    for (auto& cell : cells(text.substr(equals + 1))) t.rows.push_back({std::move(cell)});
    return t;
  }

  static source_case combination(const source_case& of, const std::vector<table>& tables,
                                 std::size_t number) {
    std::vector<std::pair<std::string, std::string>> by;
    for (const table& t : tables) {
      const auto& row = t.rows[number % t.rows.size()];
      number /= t.rows.size();
      for (std::size_t i = 0; i < t.columns.size(); ++i) by.emplace_back(t.columns[i], row[i]);
    }
    // So that a cell may name a column of another table.
    for (auto& cell : by) cell.second = filled(cell.second, by);
    source_case out;
    for (const auto& line : of.lines) out.lines.push_back({line.number, filled(line.text, by)});
    return out;
  }

  void fail(unsigned line, unsigned column, std::string text) {
    errors_.push_back({file_, line, column, std::move(text)});
  }

  const std::string& file_;
  std::vector<parse_error>& errors_;
};

}  // namespace

source_file split_cases(std::string_view text, const std::string& file,
                        std::vector<parse_error>& errors) {
  source_file out;
  std::vector<source_case> raw;
  unsigned number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
    ++number;
    const auto content = trimmed(line);
    if (content.empty() || content[0] == '#') continue;
    if (content.starts_with("case ") || content == "case") raw.emplace_back();
    (raw.empty() ? out.preamble : raw.back().lines).push_back({number, std::string(line)});
  }
  expander each(file, errors);
  for (const auto& c : raw) each.expand(c, out.cases);
  return out;
}

}  // namespace harness::ladder
