#include "mockbroker/console/login.hpp"

#include <algorithm>
#include <utility>

#include "crypto/digest.hpp"

namespace mockbroker {

std::vector<console_user> stock_console_users() {
  return {{}, {.name = "user", .password = "user", .role = console_role::user}};
}

login::login(net::runtime& rt, console_user user, std::size_t secrets_kept)
    : rt_(rt),
      user_(std::move(user)),
      kept_(std::max<std::size_t>(1, secrets_kept)),
      session_("node0" + random_text()) {}

std::string login::random_text() const {
  std::string octets;
  for (int i = 0; i < 2; ++i) {
    std::uint64_t number = rt_.random();
    for (std::size_t j = 0; j < sizeof number; ++j, number >>= 8U) {
      octets += static_cast<char>(number & 0xFFU);
    }
  }
  return crypto::hex(octets);
}

const std::string& login::renew() {
  secrets_.push_back(random_text());
  if (secrets_.size() > kept_) secrets_.pop_front();
  return secrets_.back();
}

const std::string& login::secret() { return secrets_.empty() ? renew() : secrets_.back(); }

bool login::is_valid(std::string_view secret) const {
  return std::ranges::find(secrets_, secret) != secrets_.end();
}

logins::logins(net::runtime& rt, const std::vector<console_user>& users, std::size_t secrets_kept) {
  for (const console_user& each : users) all_.emplace_back(rt, each, secrets_kept);
}

login* logins::find(const net::http_request& request) {
  const auto field = request.headers.get("Authorization");
  if (!field || field->size() < 6 || !net::iequals(field->substr(0, 6), "Basic ")) return nullptr;
  const auto given = crypto::base64_decode(field->substr(6));
  if (!given) return nullptr;
  login* found = nullptr;
  for (login& each : all_) {
    const console_user& u = each.user();
    if (crypto::constant_time_equal(*given, u.name + ":" + u.password)) found = &each;
  }
  return found;
}

}  // namespace mockbroker
