#include "gateway/core/stomp_login.hpp"

#include <algorithm>
#include <set>

#include "gateway/core/text.hpp"
#include "stomp/serializer.hpp"
#include "stomp/server_checks.hpp"

namespace gateway {

namespace {

stomp::dialect reading_rules() {
  stomp::dialect rules = stomp::lenient();
  rules.limit.frame = stomp_login_reader::max_octets;
  rules.limit.header_line = stomp_login_reader::max_octets / 2;
  rules.limit.headers = 100;
  // A line without a colon would be dropped here and mean something there.
  rules.colon = stomp::colon_rule::fatal;
  return rules;
}

constexpr std::string_view logins[] = {"CONNECT", "STOMP"};
// Enough to tell every beginning from those of others.
constexpr std::size_t longest_start = 8;

bool is_end_of_line(char c) { return c == '\r' || c == '\n'; }

bool can_be_login(std::string_view start) {
  return std::any_of(std::begin(logins), std::end(logins), [&](std::string_view command) {
    if (start.size() <= command.size()) return command.starts_with(start);
    return start.starts_with(command) && is_end_of_line(start[command.size()]);
  });
}

bool begins_like_http(std::string_view start) {
  constexpr std::string_view methods[] = {"GET ",  "POST ",   "PUT ",     "HEAD ",  "DELETE ",
                                          "PATCH", "OPTIONS", "CONNECT ", "TRACE ", "PRI "};
  return std::any_of(std::begin(methods), std::end(methods),
                     [&](std::string_view method) { return start.starts_with(method); });
}

constexpr std::string_view wanted = "The first frame must be CONNECT or STOMP";

std::string refusal_of(std::string_view start) {
  const std::string beginning = std::string(wanted) + "; this connection began ";
  if (begins_like_http(start)) return beginning + "with an HTTP request.";
  if (start.starts_with('\x16')) return beginning + "with a TLS handshake.";
  const std::string more = start.size() == longest_start ? "..." : "";
  return beginning + "with '" + printable(start) + more + "'.";
}

stomp_login_reader::refusal refused(std::string text) { return {text, text}; }

// What is quoted may be a passcode.
stomp_login_reader::refusal malformed(const stomp::failure& wrong) {
  const std::string start = "The first frame is malformed: ";
  return {start + wrong.text, start + wrong.code.message() + "."};
}

bool has_blank_ends(std::string_view name) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  return name.empty() || blank(name.front()) || blank(name.back());
}

// Whether elements, to whom case means nothing, and brokers could see different fields. The first
// one of each name is what elements see.
bool differs_in_case(const std::string& name, const net::header_list& fields) {
  const auto& all = fields.fields();
  const auto first = std::find_if(all.begin(), all.end(), [&](const net::header_field& f) {
    return net::iequals(f.name, name);
  });
  return first != all.end() && first->name != name;
}

}  // namespace

stomp_login_reader::stomp_login_reader() : parser_(reading_rules()) {}

// Collects the beginning; the refusal once it cannot be right any more.
std::optional<std::string> stomp_login_reader::judge_start() {
  const bool complete = start_.size() == longest_start || is_end_of_line(start_.back());
  const bool fits = can_be_login(start_);
  judged_ = fits && is_end_of_line(start_.back());
  // No text begins so: nothing is gained by more of it.
  const bool binary = static_cast<unsigned char>(start_.front()) < 0x20;
  if (fits || (!complete && !binary)) return std::nullopt;
  while (is_end_of_line(start_.back())) start_.pop_back();
  return refusal_of(start_);
}

std::optional<stomp_login_reader::answer> stomp_login_reader::feed(std::string_view& input) {
  while (!input.empty()) {
    if (++seen_ > max_octets) return answer(refused(std::string(wanted) + " of at most 32 KiB."));
    const char c = input.front();
    if (!judged_ && (!start_.empty() || !is_end_of_line(c))) {
      start_ += c;
      if (auto wrong = judge_start()) return answer(refused(std::move(*wrong)));
    }
    std::string_view one = input.substr(0, 1);
    auto event = parser_.next(one);
    input.remove_prefix(1);
    if (!event) continue;
    if (const auto* wrong = std::get_if<stomp::failure>(&*event)) return answer(malformed(*wrong));
    if (auto* frame = std::get_if<stomp::frame>(&*event)) return answer(std::move(*frame));
  }
  return std::nullopt;
}

std::variant<std::string, std::string_view> stomp_login_frame(const std::string& command,
                                                              const net::header_list& fields) {
  stomp::frame frame;
  frame.command = command;
  std::set<std::string_view> seen;
  for (const net::header_field& f : fields.fields()) {
    if (has_blank_ends(f.name)) return std::string_view("has a field whose name ends in a blank");
    if (differs_in_case(f.name, fields))
      return std::string_view("has two fields whose names differ in case only");
    // There is no body.
    if (f.name != "content-length" && seen.insert(f.name).second)
      frame.headers.push_back({f.name, f.value});
  }
  std::string octets;
  if (stomp::serialize(frame, {stomp::version::v1_0, stomp::length_policy::as_is}, octets))
    return std::string_view("has a field that STOMP cannot express");
  return octets;
}

std::string stomp_error_frame(const problem& why, const stomp::frame* login) {
  auto version = stomp::version::v1_0;
  if (login) {
    const auto best = stomp::choose_version(
        *login, {stomp::version::v1_0, stomp::version::v1_1, stomp::version::v1_2});
    version = best.value_or(version);
  }
  const auto frame =
      stomp::make_error(printable(why.title, 200), why.detail.empty() ? why.title : why.detail);
  std::string octets;
  // A title of printable characters and a text with a length always can be written.
  if (stomp::serialize(frame, {version}, octets)) octets.clear();
  return octets;
}

}  // namespace gateway
