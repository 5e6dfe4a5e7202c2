#include "harness/ladder/json_values.hpp"

#include <algorithm>
#include <charconv>

#include "stomp/text.hpp"

namespace harness::ladder {

namespace json = boost::json;

namespace {

std::string template_of(const segment& s) {
  std::string out;
  for (const part& p : s.parts) {
    if (p.what == part::kind::index) {
      out += "${#}";
    } else if (p.what == part::kind::variable) {
      const std::string plus = p.plus == 0 ? "" : (p.plus > 0 ? "+" : "") + std::to_string(p.plus);
      out += "${" + p.text + plus + "}";
    } else {
      const bool is_text = stomp::is_utf8(p.text);
      for (const char c : p.text) {
        constexpr std::string_view digits = "0123456789abcdef";
        const auto octet = static_cast<unsigned char>(c);
        if (c == '$') {
          out += "$$";
        } else if (octet >= 0x80 && !is_text) {
          out += std::string("${%") + digits[octet >> 4U] + digits[octet & 15U] + '}';
        } else {
          out += c;
        }
      }
    }
  }
  return out;
}

// Reads the text of one segment.
class template_reader {
 public:
  template_reader(std::string_view text, const std::string& path) : rest_(text), path_(path) {}

  std::vector<part> parts() {
    if (rest_.empty()) text_part();
    while (!rest_.empty()) {
      const auto dollar = std::min(rest_.find('$'), rest_.size());
      if (dollar > 0) text_part() += rest_.substr(0, dollar);
      rest_.remove_prefix(dollar);
      if (rest_.starts_with("$$")) {
        text_part() += '$';
        rest_.remove_prefix(2);
      } else if (!rest_.empty()) {
        take_braces();
      }
    }
    return std::move(parts_);
  }

 private:
  std::string& text_part() {
    if (parts_.empty() || parts_.back().what != part::kind::text) parts_.push_back({});
    return parts_.back().text;
  }

  [[noreturn]] void fail() const {
    throw json_error{path_ + ": expected $$, ${name}, ${name+5}, ${#} or ${%hh}, found '" +
                     std::string(rest_.substr(0, 20)) + "'"};
  }

  void take_braces() {
    const auto end = rest_.find('}');
    if (!rest_.starts_with("${") || end == rest_.npos || end == 2) fail();
    const auto inner = rest_.substr(2, end - 2);
    if (inner == "#") {
      parts_.push_back({part::kind::index, {}, 0});
    } else if (inner[0] == '%') {
      unsigned octet = 0;
      const auto [last, bad] =
          std::from_chars(inner.data() + 1, inner.data() + inner.size(), octet, 16);
      if (bad != std::errc{} || inner.size() != 3 || last != inner.data() + 3) fail();
      text_part() += char(octet);
    } else {
      take_variable(inner);
    }
    rest_.remove_prefix(end + 1);
  }

  void take_variable(std::string_view inner) {
    const auto is_name = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '.' || c == '-';
    };
    part p;
    p.what = part::kind::variable;
    auto sign = inner.find('+');
    for (const std::string_view counter : {"now-", "i-"}) {
      if (inner.starts_with(counter)) sign = counter.size() - 1;
    }
    p.text = std::string(inner.substr(0, sign));
    if (p.text.empty() || !std::all_of(p.text.begin(), p.text.end(), is_name)) fail();
    if (sign != inner.npos) {
      const auto* first = inner.data() + sign + (inner[sign] == '+' ? 1 : 0);
      const auto [last, bad] = std::from_chars(first, inner.data() + inner.size(), p.plus);
      if (bad != std::errc{} || last != inner.data() + inner.size()) fail();
    }
    parts_.push_back(std::move(p));
  }

  std::string_view rest_;
  const std::string& path_;
  std::vector<part> parts_;
};

segment segment_from_json(const json::value& v, const std::string& path) {
  segment s;
  if (const auto* text = v.if_string()) {
    s.parts = template_reader(*text, path).parts();
    return s;
  }
  const object_reader repeat(v, path, {"repeat", "times"});
  s.parts = template_reader(repeat.text("repeat"), repeat.path_of("repeat")).parts();
  s.times = repeat.number("times", 0, most_times);
  return s;
}

}  // namespace

json::value value_to_json(const value& v) {
  if (v.segments.size() == 1 && v.segments[0].times == 1) {
    return json::string(template_of(v.segments[0]));
  }
  json::array all;
  for (const segment& s : v.segments) {
    if (s.times == 1) {
      all.push_back(json::string(template_of(s)));
    } else {
      all.push_back({{"repeat", template_of(s)}, {"times", s.times}});
    }
  }
  return all;
}

value value_from_json(const json::value& v, const std::string& path) {
  value out;
  if (const auto* all = v.if_array()) {
    for (std::size_t i = 0; i < all->size(); ++i) {
      out.segments.push_back(segment_from_json((*all)[i], path + "[" + std::to_string(i) + "]"));
    }
    return out;
  }
  if (!v.is_string()) {
    throw json_error{path + ": expected a text, or an array of texts and {\"repeat\", \"times\"}"};
  }
  out.segments.push_back(segment_from_json(v, path));
  return out;
}

object_reader::object_reader(const json::value& v, std::string path,
                             const std::vector<std::string_view>& known)
    : object_(v.if_object()), path_(std::move(path)) {
  if (!object_) throw json_error{path_ + ": expected an object"};
  for (const auto& member : *object_) {
    const std::string_view name = member.key();
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    throw json_error{path_of(name) + ": is not known" + stomp::suggestion(name, known)};
  }
}

void object_reader::fail(std::string_view name, const std::string& text) const {
  throw json_error{path_of(name) + ": " + text};
}

const json::value& object_reader::at(std::string_view name) const {
  const auto* found = object_->if_contains(name);
  if (!found) fail(name, "is not there");
  return *found;
}

std::string object_reader::text(std::string_view name) const {
  const auto* found = at(name).if_string();
  if (!found) fail(name, "expected a text");
  return std::string(*found);
}

std::string object_reader::one_of(std::string_view name, const std::vector<std::string_view>& known,
                                  std::string_view fallback) const {
  if (!has(name)) return std::string(fallback);
  std::string found = text(name);
  if (std::find(known.begin(), known.end(), found) != known.end()) return found;
  std::string list;
  for (const auto each : known) list += (list.empty() ? "" : ", ") + std::string(each);
  fail(name,
       "expected one of " + list + ", found '" + found + "'" + stomp::suggestion(found, known));
}

bool object_reader::flag(std::string_view name) const {
  if (!has(name)) return false;
  const auto* found = at(name).if_bool();
  if (!found) fail(name, "expected true or false");
  return *found;
}

std::uint64_t object_reader::number(std::string_view name, std::uint64_t low,
                                    std::uint64_t high) const {
  boost::system::error_code error;
  const auto found = at(name).to_number<std::uint64_t>(error);
  if (error || found < low || found > high) {
    fail(name, "expected a number from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return found;
}

net::duration object_reader::time(std::string_view name) const {
  constexpr auto most = std::uint64_t(longest_time) * 60'000;  // as many minutes
  return std::chrono::milliseconds(number(name, 0, most));
}

std::optional<net::duration> object_reader::optional_time(std::string_view name) const {
  if (!has(name)) return std::nullopt;
  return time(name);
}

const json::array& object_reader::array(std::string_view name) const {
  const auto* found = at(name).if_array();
  if (!found) fail(name, "expected an array");
  return *found;
}

std::string object_reader::path_of(std::string_view name, std::size_t index) const {
  return path_of(name) + "[" + std::to_string(index) + "]";
}

std::vector<std::string> object_reader::texts(std::string_view name) const {
  std::vector<std::string> all;
  const auto& from = array(name);
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto* each = from[i].if_string();
    if (!each) throw json_error{path_of(name, i) + ": expected a text"};
    all.emplace_back(*each);
  }
  return all;
}

}  // namespace harness::ladder
