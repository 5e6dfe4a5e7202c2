#include "mockbroker/console/session.hpp"

#include <algorithm>

#include "crypto/digest.hpp"

namespace mockbroker {

std::vector<console_user> stock_console_users() {
  return {{"admin", "admin", console_role::admin}, {"user", "user", console_role::user}};
}

std::optional<console_user> parse_console_user(std::string_view text) {
  console_user user;
  for (const auto& [ending, role] : {std::pair{std::string_view(",user"), console_role::user},
                                     std::pair{std::string_view(",admin"), console_role::admin}}) {
    if (!text.ends_with(ending)) continue;
    user.role = role;
    text.remove_suffix(ending.size());
    break;
  }
  const auto colon = text.find(':');
  if (colon == text.npos || colon == 0) return std::nullopt;
  user.name = text.substr(0, colon);
  user.password = text.substr(colon + 1);
  return user;
}

namespace web {
namespace {

// The session ids of a request: those of cookies first, then that of the path.
std::vector<std::string_view> session_ids(const net::http_request& request,
                                          const std::string& cookies) {
  constexpr std::string_view cookie = "JSESSIONID=";
  constexpr std::string_view parameter = ";jsessionid=";
  std::vector<std::string_view> ids;
  for (std::string_view rest = cookies; !rest.empty();) {
    const std::size_t end = rest.find(';');
    std::string_view one = rest.substr(0, end);
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
    if (one.starts_with(cookie)) ids.push_back(one.substr(cookie.size()));
  }
  const std::string_view path = request.path();
  if (const auto at = path.find(parameter); at != path.npos) {
    const std::string_view id = path.substr(at + parameter.size());
    ids.push_back(id.substr(0, id.find_first_of(";/")));
  }
  return ids;
}

std::string random_octets(net::runtime& rt) {
  std::string octets;
  for (int i = 0; i < 2; ++i) {
    const std::uint64_t number = rt.random();
    octets.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  return octets;
}

// As Java writes a UUID: "57f2d9be-ca71-4ee0-b2e3-ec5270b0daf7".
std::string make_secret(net::runtime& rt) {
  std::string text = crypto::hex(random_octets(rt));
  for (const std::size_t at : {20U, 16U, 12U, 8U}) text.insert(at, 1, '-');
  return text;
}

}  // namespace

const console_user* find_user(const std::vector<console_user>& users,
                              const net::http_request& request) {
  constexpr std::string_view scheme = "Basic ";
  const auto field = request.headers.get("Authorization");
  if (!field || !net::iequals(field->substr(0, scheme.size()), scheme)) return nullptr;
  const auto login = crypto::base64_decode(field->substr(scheme.size()));
  if (!login) return nullptr;
  const console_user* found = nullptr;
  // All are compared, so that the time does not tell which names there are.
  for (const auto& user : users) {
    if (crypto::constant_time_equal(*login, user.name + ":" + user.password)) found = &user;
  }
  return found;
}

bool session::knows(std::string_view secret) const {
  bool known = false;
  for (const auto& own : secrets) known |= crypto::constant_time_equal(own, secret);
  return known;
}

session* session_book::find(std::string_view id, const std::string& user) {
  const auto found = std::ranges::find_if(sessions_, [&](const session& s) {
    return s.user == user && crypto::constant_time_equal(s.id, id);
  });
  if (found == sessions_.end()) return nullptr;
  sessions_.splice(sessions_.begin(), sessions_, found);
  return &sessions_.front();
}

void session_book::drop_idle() {
  while (!sessions_.empty() && rt_.now() - sessions_.back().used >= idle_limit) {
    sessions_.pop_back();
  }
}

session_book::opened session_book::open(const net::http_request& request, const std::string& user) {
  drop_idle();
  const std::string cookies = request.headers.joined("Cookie").value_or("");
  for (const auto id : session_ids(request, cookies)) {
    if (session* known = find(id, user)) {
      known->used = rt_.now();
      return {known, false};
    }
  }
  if (sessions_.size() >= most) sessions_.pop_back();
  session& made = sessions_.emplace_front();
  made.id = "node0" + crypto::hex(random_octets(rt_)) + std::to_string(++last_) + ".node0";
  made.user = user;
  made.used = rt_.now();
  return {&made, true};
}

void session_book::renew_secret(session& of) {
  of.secrets.push_back(make_secret(rt_));
  while (of.secrets.size() > secrets_kept_) of.secrets.pop_front();
}

void session_book::end(const session& s) {
  sessions_.remove_if([&s](const session& each) { return &each == &s; });
}

}  // namespace web
}  // namespace mockbroker
