#include "gateway/core/replacement.hpp"

#include <algorithm>

#include "gateway/core/regex.hpp"

namespace gateway {

std::variant<replacement, replacement::error> replacement::compile(std::string_view pattern,
                                                                   std::string_view by) {
  replacement made;
  const auto alone = compile_regex(pattern);
  if (!alone.regex) return error{true, {0, alone.error}};
  made.groups_ = alone.regex->mark_count();
  auto around = compile_regex_between(pattern);
  if (!around.regex) return error{true, {0, around.error}};
  made.before_and_behind_ = std::move(*around.regex);
  piece now;
  for (std::size_t i = 0; i < by.size(); ++i) {
    const char next = i + 1 < by.size() ? by[i + 1] : '\0';
    if (by[i] == '\\') {
      if (next == '\0') return error{false, {i, "ends with a backslash; write two for one"}};
      now.literal += by[++i];
    } else if (by[i] == '$') {
      const bool digit = next >= '0' && next <= '9';
      if (!digit)
        return error{
            false,
            {i, "has a '$' that no digit follows; groups are $1 to $9, a dollar sign is \\$"}};
      now.group = static_cast<std::size_t>(next - '0');
      if (*now.group > made.groups_)
        return error{false,
                     {i, "names group $" + std::string(1, next) + ", but the pattern has " +
                             std::to_string(made.groups_)}};
      made.by_.push_back(std::move(now));
      now = {};
      ++i;
    } else {
      now.literal += by[i];
    }
  }
  made.by_.push_back(std::move(now));
  return made;
}

std::optional<replacement::outcome> replacement::apply(std::string_view text,
                                                       std::size_t budget) const {
  const std::size_t longest = 2 * budget;
  outcome out;
  while (true) {
    const auto end = std::min(text.find('\n'), text.size());
    if (!apply_to_line(text.substr(0, end), budget, longest, out)) return std::nullopt;
    if (end == text.size()) return out;
    out.text += '\n';
    text.remove_prefix(end + 1);
  }
}

bool replacement::apply_to_line(std::string_view line, std::size_t& budget, std::size_t longest,
                                outcome& out) const {
  auto flags = std::regex_constants::match_default;
  const char* at = line.data();
  const char* const end = at + line.size();
  while (true) {
    const auto cost = static_cast<std::size_t>(end - at) + 1;
    if (cost > budget || out.text.size() > longest) return false;
    budget -= cost;
    std::cmatch found;
    if (!std::regex_match(at, end, found, before_and_behind_, flags)) break;
    ++out.count;
    out.text.append(found[1].first, found[1].second);
    for (const piece& p : by_) {
      out.text += p.literal;
      if (p.group) out.text.append(found[*p.group + 2].first, found[*p.group + 2].second);
    }
    at = found[2].second;
    if (at == end) return true;
    // Where nothing was taken, the next place is one further.
    if (found[2].length() == 0) out.text += *at++;
    flags = std::regex_constants::match_prev_avail;
  }
  out.text.append(at, end);
  return true;
}

std::string_view replacement::leading_text() const { return by_.front().literal; }

}  // namespace gateway
