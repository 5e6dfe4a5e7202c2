// Who may use the console, and the guard against forged forms (facts: ActiveMQ 5.1, 5.3).
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_types.hpp"
#include "net/runtime.hpp"

namespace mockbroker {

enum class console_role {
  user,   // sees everything
  admin,  // also runs actions
};

struct console_user {
  std::string name = "admin";
  std::string password = "admin";
  console_role role = console_role::admin;
};
// Those of a stock ActiveMQ: admin:admin and user:user.
std::vector<console_user> stock_console_users();

// One user's login: its cookie, and the secrets that its pages' forms carry. Every page makes a
// new one.
class login {
 public:
  login(net::runtime& rt, console_user user, std::size_t secrets_kept);

  const console_user& user() const noexcept { return user_; }
  // The value of the cookie JSESSIONID.
  const std::string& session() const noexcept { return session_; }
  // Makes a new secret; the oldest becomes invalid.
  const std::string& renew();
  // The newest.
  const std::string& secret();
  bool is_valid(std::string_view secret) const;

 private:
  std::string random_text() const;

  net::runtime& rt_;
  console_user user_;
  std::size_t kept_;
  std::string session_;
  std::deque<std::string> secrets_;
};

// All logins there can be: one a user.
class logins {
 public:
  // `secrets_kept`: how many pages of a login have working forms; ActiveMQ itself: 1.
  logins(net::runtime& rt, const std::vector<console_user>& users, std::size_t secrets_kept);
  // Whose request it is by its Basic credentials; null when nobody's. Takes the same time for
  // every wrong password.
  login* find(const net::http_request& request);

 private:
  std::vector<login> all_;
};

}  // namespace mockbroker
