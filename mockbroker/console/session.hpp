// Who may use the console, and the sessions of their browsers (facts: ActiveMQ 5.1, 5.3).
#pragma once

#include <deque>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_types.hpp"
#include "net/runtime.hpp"

namespace mockbroker {

// A `user` sees all pages; actions are for an `admin`.
enum class console_role { user, admin };

struct console_user {
  std::string name = "admin";
  std::string password = "admin";
  console_role role = console_role::admin;
};

// "NAME:PASSWORD", with ",user" or ",admin" behind it if wanted; nothing when it is none.
std::optional<console_user> parse_console_user(std::string_view text);
// admin:admin and user:user, as in a stock ActiveMQ.
std::vector<console_user> stock_console_users();

namespace web {

// The user that a request logs in as, by HTTP Basic; null: nobody.
const console_user* find_user(const std::vector<console_user>& users,
                              const net::http_request& request);

// Actions carry a secret of their session, so that no other site can forge them. ActiveMQ makes
// one with every page and knows only the newest; several stay valid here, so that two tabs work.
struct session {
  std::string id;
  std::string user;
  net::time_point used{};
  std::deque<std::string> secrets;  // the newest last

  bool knows(std::string_view secret) const;
};

// All sessions. The one that was not used longest goes when there are too many; half an hour
// unused ends one.
class session_book {
 public:
  static constexpr std::size_t most = 256;
  static constexpr net::duration idle_limit = std::chrono::minutes(30);

  // `secrets_kept` (at least 1) of a session stay valid.
  session_book(net::runtime& rt, std::size_t secrets_kept) : rt_(rt), secrets_kept_(secrets_kept) {}

  struct opened {
    session* it;  // valid until the next call
    bool is_new;
  };
  // The session that the request names by cookie or by ";jsessionid=" in its path, if it is one of
  // this user's; else a new one.
  opened open(const net::http_request& request, const std::string& user);
  void renew_secret(session& of);
  void end(const session& s);
  std::size_t size() const noexcept { return sessions_.size(); }

 private:
  session* find(std::string_view id, const std::string& user);
  void drop_idle();

  net::runtime& rt_;
  std::size_t secrets_kept_;
  std::uint64_t last_ = 0;
  std::list<session> sessions_;  // the one used last is the first
};

}  // namespace web
}  // namespace mockbroker
