#include "harness/ladder/matching.hpp"

#include <algorithm>

#include "harness/ladder/variables.hpp"

namespace harness::ladder {
namespace {

class comparer {
 public:
  comparer(const wire_frame& actual, std::string_view version, const names& known)
      : actual_(actual), version_(version), known_(known) {}

  comparison run(const frame_pattern& expected) {
    const std::string command = filled(expected.command);
    if (command != "*" && command != actual_.command) {
      differ("command", printable(command), printable(actual_.command));
    }
    for (const auto& f : expected.fields) check_header(f);
    if (expected.body) {
      auto body = actual_.body;
      if (actual_.command == "ERROR") body.resize(std::min(body.size(), body.find('\n')));
      check_value(*expected.body, "body", body, body);
    }
    if (expected.only) check_nothing_else(expected);
    return std::move(done_);
  }

 private:
  std::string filled(std::string_view text) {
    return fill(text, [this](const std::string& name) {
      const auto fresh = done_.captured.find(name);
      return fresh == done_.captured.end() ? known_.value_of(name) : fresh->second;
    });
  }
  void differ(std::string_view what, std::string_view expected, std::string_view found) {
    done_.differences.push_back(std::string(what) + ": expected " + std::string(expected) +
                                ", found " + std::string(found));
  }

  void check_header(const field& f) {
    const std::string name = filled(f.name);
    const auto wire = actual_.get(name);
    if (f.how == match::absent) {
      if (wire) differ(name, "no such header", printable(*wire));
      return;
    }
    if (!wire) {
      differ(name, f.how == match::present ? "any value" : printable(filled_or_name(f)),
             "no such header");
      return;
    }
    // CONNECTED is never escaped.
    const auto value = unescape(*wire, actual_.command == "CONNECTED" ? "" : version_);
    check_value(f, name, value, std::string(*wire));
  }
  std::string filled_or_name(const field& f) {
    const auto name = lone_variable(f.value);
    return name && !is_known(*name) ? f.value : filled(f.value);
  }
  bool is_known(const std::string& name) {
    return is_unique_name(name) || done_.captured.contains(name) || known_.has(name);
  }

  void check_value(const field& f, const std::string& name, const std::string& value,
                   const std::string& wire) {
    if (f.how == match::present) return;
    if (f.how == match::glob) {
      const auto pattern = filled(f.value);
      if (!glob_match(pattern, value)) differ(name, "like " + printable(pattern), printable(value));
      return;
    }
    if (f.how == match::wire) {
      const auto expected = filled(f.value);
      if (wire != expected) differ(name, "octets " + printable(expected), printable(wire));
      return;
    }
    const auto variable = lone_variable(f.value);
    if (variable && !is_known(*variable)) {
      done_.captured[*variable] = value;
      return;
    }
    const auto expected = filled(f.value);
    if (value != expected) differ(name, printable(expected), printable(value));
  }

  void check_nothing_else(const frame_pattern& expected) {
    for (const auto& [name, value] : actual_.headers) {
      const bool named = std::ranges::any_of(
          expected.fields, [&, key = name](const field& f) { return filled(f.name) == key; });
      if (!named) differ(name, "no such header", printable(value));
    }
  }

  const wire_frame& actual_;
  std::string_view version_;
  const names& known_;
  comparison done_;
};

}  // namespace

bool glob_match(std::string_view pattern, std::string_view text) noexcept {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = pattern.npos;
  std::size_t mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != pattern.npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

comparison compare(const frame_pattern& expected, const wire_frame& actual,
                   std::string_view version, const names& known) {
  return comparer(actual, version, known).run(expected);
}

}  // namespace harness::ladder
