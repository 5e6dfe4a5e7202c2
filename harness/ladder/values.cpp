#include "harness/ladder/values.hpp"

#include <algorithm>
#include <regex>

namespace harness::ladder {

namespace {

std::string quoted_for_regex(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\^$.|?*+()[]{}").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::optional<std::string> variable(const scope& in, std::string_view name) {
  if (name.starts_with("last.")) {
    const auto* text = in.last ? in.last->find(name.substr(5)) : nullptr;
    if (!text) return std::nullopt;
    return unescaped(*text);
  }
  if (const auto found = in.variables.find(name); found != in.variables.end()) return found->second;
  return std::nullopt;
}

bool same_name(std::string_view a, std::string_view b, bool ignore_case) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) {
           return ignore_case ? std::tolower(x) == std::tolower(y) : x == y;
         });
}

const std::string* find(const arrival& got, std::string_view name) {
  for (const auto& [key, text] : got.frame.headers) {
    if (same_name(key, name, got.what == arrival::kind::head)) return &text;
  }
  return nullptr;
}

using captures = std::map<std::string, std::string, std::less<>>;

// A stretch of a value against a text: literal, or a variable that has no value yet.
struct piece {
  std::string text;
  std::string variable;  // empty: it is literal
};

bool is_open(const scope& in, const part& p) {
  if (p.what != part::kind::variable) return false;
  return p.text == "now" ? in.takes_any_time : !is_bound(in, p.text);
}

std::vector<piece> pieces_of(const value& v, const scope& in, std::string& problem) {
  std::vector<piece> all;
  const auto literal = [&all](std::string text) {
    if (all.empty() || !all.back().variable.empty()) all.push_back({});
    all.back().text += text;
  };
  for (const segment& s : v.segments) {
    const bool has_open = std::any_of(s.parts.begin(), s.parts.end(),
                                      [&in](const part& p) { return is_open(in, p); });
    if (!has_open) {
      literal(render(value{{s}}, in, problem));
      continue;
    }
    for (std::size_t n = 0; n < s.times; ++n) {
      for (const part& p : s.parts) {
        if (is_open(in, p)) {
          all.push_back({{}, p.text});
        } else if (p.what == part::kind::index) {
          literal(std::to_string(n));
        } else {
          literal(render(value{{{{p}, 1}}}, in, problem));
        }
      }
    }
  }
  return all;
}

// Whether `text` is the pieces from `at` on; each variable takes as little as it can, and the same
// in every place.
bool fits(const std::vector<piece>& pieces, std::size_t at, std::string_view text,
          captures& caught) {
  if (at == pieces.size()) return text.empty();
  const piece& p = pieces[at];
  const auto known = caught.find(p.variable);
  if (p.variable.empty() || known != caught.end()) {
    const std::string literal = p.variable.empty() ? p.text : known->second;
    return text.starts_with(literal) && fits(pieces, at + 1, text.substr(literal.size()), caught);
  }
  const bool is_last = at + 1 == pieces.size();
  for (std::size_t size = is_last ? text.size() : 1; size <= text.size() && size > 0; ++size) {
    // The clock is read anew in every place.
    const bool is_time = p.variable == "now";
    const auto taken = text.substr(0, size);
    if (is_time && taken.find_first_not_of("0123456789") != taken.npos) return false;
    if (!is_time) caught[p.variable] = taken;
    if (fits(pieces, at + 1, text.substr(size), caught)) return true;
    caught.erase(p.variable);
  }
  return false;
}

// Compares with a value that has variables without a value beside text.
void compare_open(const pattern& p, const std::string& text, const std::string& what,
                  const scope& in, captures& caught, std::vector<std::string>& out) {
  std::string problem;
  const auto pieces = pieces_of(p.text, in, problem);
  if (!problem.empty()) return out.push_back(what + ": " + problem);
  captures found = caught;
  if (fits(pieces, 0, text, found)) {
    caught = std::move(found);
    return;
  }
  std::string form;
  for (const piece& each : pieces) {
    form += each.variable.empty() ? each.text : "$" + each.variable;
  }
  out.push_back(what + ": " + printable(text) + " is not of the form " + printable(form));
}

bool has_open(const value& v, const scope& in) {
  for (const segment& s : v.segments) {
    for (const part& p : s.parts) {
      if (is_open(in, p)) return true;
    }
  }
  return false;
}

// Compares one text; new captures go to `caught`.
void compare(const pattern& p, const std::string& text, const std::string& what, const scope& in,
             std::map<std::string, std::string, std::less<>>& caught,
             std::vector<std::string>& out) {
  if (p.what == pattern::kind::any) {
    return;
  }
  if (const auto name = p.text.variable();
      !name.empty() && p.what == pattern::kind::equal && !is_bound(in, name)) {
    if (const auto [at, fresh] = caught.emplace(name, text); !fresh && at->second != text) {
      out.push_back(what + ": " + printable(text) + " is not " + printable(at->second));
    }
    return;
  }
  const bool regex = p.what == pattern::kind::regex;
  if (!regex && has_open(p.text, in)) return compare_open(p, text, what, in, caught, out);
  std::string problem;
  const std::string wanted = render(p.text, in, problem, regex);
  if (!problem.empty()) return out.push_back(what + ": " + problem);
  if (!regex) {
    if (wanted != text)
      out.push_back(what + ": " + printable(text) + " is not " + printable(wanted));
    return;
  }
  try {
    if (!std::regex_search(text.substr(0, 4000), std::regex(wanted))) {
      out.push_back(what + ": " + printable(text) + " does not match " + printable(wanted));
    }
  } catch (const std::regex_error& e) {
    out.push_back(what + ": " + printable(wanted) + " is no regular expression: " + e.what());
  }
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// The named headers come in the order of the patterns.
void check_order(const expect_step& wanted, const arrival& got, std::vector<std::string>& out) {
  std::size_t at = 0;
  for (const pattern& p : wanted.headers) {
    if (p.what == pattern::kind::absent) continue;
    for (; at < got.frame.headers.size(); ++at) {
      if (got.frame.headers[at].first == p.name) break;
    }
    if (at == got.frame.headers.size()) {
      return out.push_back("order: " + p.name + " comes earlier than expected");
    }
  }
}

void check_headers(const expect_step& wanted, const arrival& got, const scope& in,
                   std::map<std::string, std::string, std::less<>>& caught,
                   std::vector<std::string>& out) {
  for (const pattern& p : wanted.headers) {
    const std::string* text = find(got, p.name);
    if (p.what == pattern::kind::absent) {
      if (text) out.push_back(p.name + ": " + printable(*text) + " should not be there");
    } else if (!text) {
      out.push_back(p.name + ": is not there");
    } else {
      compare(p, *text, p.name, in, caught, out);
    }
  }
  if (!wanted.only) return;
  for (const auto& h : got.frame.headers) {
    const bool known = std::any_of(wanted.headers.begin(), wanted.headers.end(),
                                   [&h](const pattern& p) { return p.name == h.first; });
    if (!known) out.push_back(h.first + ": " + printable(h.second) + " should not be there");
  }
}

bool same_kind(const expect_step& wanted, const arrival& got) {
  using w = expect_step::kind;
  using g = arrival::kind;
  switch (wanted.what) {
    case w::frame:
      return got.what == g::frame && got.frame.command == wanted.command;
    case w::beat:
      return got.what == g::beat;
    case w::pong:
      return got.what == g::pong;
    case w::head:
      return got.what == g::head;
    case w::close:
      return got.what == g::close;
  }
  return false;
}

}  // namespace

bool is_bound(const scope& in, std::string_view name) {
  return name == "now" || name == "i" || variable(in, name).has_value() ||
         name.starts_with("last.");
}

std::string render(const value& v, const scope& in, std::string& problem, bool quote) {
  std::string out;
  scope inner = in;
  for (const segment& s : v.segments) {
    for (std::size_t n = 0; n < s.times; ++n) {
      for (const part& p : s.parts) {
        if (p.what == part::kind::text) {
          out += p.text;
        } else if (p.what == part::kind::index) {
          out += std::to_string(n);
        } else if (p.text == "now") {
          out += std::to_string(in.now_ms + p.plus);
        } else if (p.text == "i") {
          out += std::to_string(std::int64_t(in.repetition) + p.plus);
        } else if (const auto text = variable(in, p.text)) {
          out += quote ? quoted_for_regex(*text) : *text;
        } else {
          problem = "$" + p.text + " has no value";
          out += "$" + p.text;
        }
      }
    }
  }
  return out;
}

std::vector<std::string> differences(const expect_step& wanted, const arrival& got, scope& in) {
  std::vector<std::string> out;
  if (!same_kind(wanted, got)) {
    out.push_back("it is not " + describe(wanted, in).substr(0, 40));
    return out;
  }
  // Looks at the values as the row wants them: decoded by the version, or as they came.
  arrival seen = got;
  const auto& command = got.frame.command;
  const bool plain = command == "CONNECTED" || command == "CONNECT" || command == "STOMP";
  if (got.what == arrival::kind::frame && !wanted.on_wire && !plain) {
    for (auto& h : seen.frame.headers) h.second = unescaped(h.second);
  }
  std::map<std::string, std::string, std::less<>> caught;
  if (wanted.what == expect_step::kind::head) {
    if (seen.frame.command.find(" " + wanted.command) == std::string::npos) {
      out.push_back("status: " + printable(seen.frame.command) + " is not " + wanted.command);
    }
  }
  if (wanted.what == expect_step::kind::close && !wanted.command.empty() && got.code != 0 &&
      std::to_string(got.code) != wanted.command) {
    out.push_back("code: " + std::to_string(got.code) + " is not " + wanted.command);
  }
  check_headers(wanted, seen, in, caught, out);
  if (wanted.in_order) check_order(wanted, seen, out);
  if (wanted.body) {
    std::string text = got.what == arrival::kind::frame ? seen.frame.body : seen.text;
    if (seen.frame.command == "ERROR") text = first_line(text);
    compare(*wanted.body, text, "body", in, caught, out);
  }
  if (out.empty()) in.variables.merge(caught);
  return out;
}

void bind_all(const value& v, scope& in, const std::function<std::string()>& make) {
  for (const segment& s : v.segments) {
    for (const part& p : s.parts) {
      const bool is_free = p.what == part::kind::variable && !is_bound(in, p.text);
      if (is_free) in.variables[p.text] = make();
    }
  }
}

std::string failure_report(const row& r, unsigned line, std::string_view how,
                           const std::string& text, const std::vector<std::string>& told) {
  constexpr std::size_t most_told = 60;
  std::string out = r.file + ":" + std::to_string(line) + ": " + r.name + " (" + std::string(how);
  out += ") [";
  for (std::size_t i = 0; i < r.cites.size(); ++i) out += (i ? ", " : "") + r.cites[i];
  out += "]\n  " + text + "\n  Ladder:\n";
  const std::size_t from = told.size() > most_told ? told.size() - most_told : 0;
  if (from) out += "    ... " + std::to_string(from) + " lines before\n";
  for (std::size_t i = from; i < told.size(); ++i) out += "    " + told[i] + "\n";
  return out;
}

std::string describe(const expect_step& wanted, const scope& in, std::string_view arrow) {
  using kind = expect_step::kind;
  std::string out = wanted.what == kind::close  ? "expect close"
                    : wanted.what == kind::beat ? "< beat"
                    : wanted.what == kind::pong ? "< pong"
                    : wanted.what == kind::head ? "< head"
                                                : std::string(arrow);
  if (!wanted.command.empty()) out += " " + wanted.command;
  auto add = [&](const pattern& p, const std::string& name) {
    std::string problem;
    if (p.what == pattern::kind::absent) {
      out += " !" + name;
    } else if (p.what == pattern::kind::any) {
      out += " " + name + "=*";
    } else {
      const auto variable = p.text.variable();
      const bool free = !variable.empty() && !is_bound(in, variable);
      out += " " + name + (p.what == pattern::kind::regex ? "=~" : "=") +
             (free ? "$" + variable : printable(render(p.text, in, problem), 120));
    }
  };
  for (const pattern& p : wanted.headers) add(p, p.name);
  if (wanted.body) add(*wanted.body, wanted.what == kind::close ? "reason" : "body");
  if (wanted.only) out += " only";
  if (wanted.in_order) out += " in-order";
  return out;
}

}  // namespace harness::ladder
