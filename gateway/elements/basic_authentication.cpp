// <basicAuthentication>: HTTP Basic (RFC 7617) against users of the configuration or of an
// htpasswd file. Hashes are computed off the data path, and once for each password that is right.
#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <sstream>

#include "crypto/digest.hpp"
#include "crypto/password.hpp"
#include "gateway/core/descriptor.hpp"
#include "gateway/core/problem.hpp"

namespace gateway {

namespace {

constexpr std::string_view challenge = "Basic realm=\"membrane\"";

struct credentials {
  std::string user;
  std::string password;
};

// The first Authorization field only, as in Membrane; nothing when it is not Basic.
std::optional<credentials> read_credentials(const net::http_request& request) {
  const auto field = request.headers.get("Authorization");
  constexpr std::string_view scheme = "Basic ";
  if (!field || field->size() < scheme.size() ||
      !net::iequals(field->substr(0, scheme.size()), scheme))
    return std::nullopt;
  std::string_view encoded = field->substr(scheme.size());
  while (encoded.starts_with(' ')) encoded.remove_prefix(1);
  while (encoded.ends_with(' ')) encoded.remove_suffix(1);
  const auto decoded = crypto::base64_decode(encoded);
  if (!decoded) return std::nullopt;
  const auto colon = decoded->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return credentials{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

using stored_passwords = std::map<std::string, std::string, std::less<>>;

// Passwords that were right lately, so that a slow hash is computed once and not for each request.
// Of all workers; keys are digests, values nothing that opens a door.
class verified_passwords {
 public:
  bool has(const std::string& key) const {
    const std::lock_guard lock(guard_);
    return known_.contains(key);
  }
  void add(const std::string& key) {
    const std::lock_guard lock(guard_);
    if (!known_.insert(key).second) return;
    order_.push_back(key);
    if (order_.size() <= most) return;
    known_.erase(order_.front());
    order_.pop_front();
  }

 private:
  static constexpr std::size_t most = 1000;
  mutable std::mutex guard_;
  std::set<std::string> known_;
  std::deque<std::string> order_;  // oldest first
};

// Slow hashes that are being computed, over all workers.
class verification_slot {
 public:
  explicit verification_slot(std::atomic<unsigned>& taken) : taken_(taken) {
    is_free_ = taken_.fetch_add(1) < most;
  }
  verification_slot(const verification_slot&) = delete;
  verification_slot& operator=(const verification_slot&) = delete;
  ~verification_slot() { taken_.fetch_sub(1); }
  bool is_free() const noexcept { return is_free_; }

 private:
  static constexpr unsigned most = 64;
  std::atomic<unsigned>& taken_;
  bool is_free_ = false;
};

class basic_authentication final : public element {
 public:
  basic_authentication(stored_passwords users, bool remove_header)
      : users_(std::move(users)), remove_header_(remove_header) {
    for (const auto& [name, stored] : users_) {
      if (crypto::form_of(stored) != crypto::password_form::plain) stand_in_ = stored;
    }
  }

  // Only hashes are slow.
  bool waits() const noexcept override { return !stand_in_.empty(); }

  outcome request_now(exchange& ex) const override {
    const auto given = take_credentials(ex.request);
    const auto user = given ? users_.find(given->user) : users_.end();
    // An unknown user costs the same work as a wrong password.
    const bool good = crypto::verify_password(given ? given->password : std::string(),
                                              user == users_.end() ? std::string() : user->second);
    return decide(ex, given, good && user != users_.end());
  }

  net::task<outcome> on_request(exchange& ex) const override {
    if (!waits()) co_return request_now(ex);
    const auto given = take_credentials(ex.request);
    if (!given) co_return decide(ex, given, false);
    const auto user = users_.find(given->user);
    const std::string& stored = user == users_.end() ? stand_in_ : user->second;
    const std::string key = crypto::sha256(stored + '\n' + given->password);
    bool good = verified_.has(key);
    if (!good) {
      const verification_slot slot(verifying_);
      if (!slot.is_free()) co_return busy(ex);
      auto result = std::make_shared<bool>(false);
      // Named: g++ 12 destroys a temporary with captures twice.
      std::function<void()> work = [password = given->password, stored, result] {
        *result = crypto::verify_password(password, stored);
      };
      co_await ex.world.runtime.offload(std::move(work));
      good = *result && user != users_.end();
      if (good) verified_.add(key);
    }
    co_return decide(ex, given, good && user != users_.end());
  }
  outcome response_now(exchange& /*ex*/) const override { return outcome::proceed; }
  net::task<outcome> on_response(exchange& /*ex*/) const override { co_return outcome::proceed; }

 private:
  std::optional<credentials> take_credentials(net::http_request& request) const {
    auto given = read_credentials(request);
    // Also on failure: nothing behind may see or print what was tried.
    if (remove_header_) request.headers.remove("Authorization");
    // Who has stolen the file must not get in with what is in it.
    if (given && crypto::form_of(given->password) != crypto::password_form::plain) given.reset();
    return given;
  }

  outcome decide(exchange& ex, const std::optional<credentials>& given, bool good) const {
    if (good) {
      ex.user = given->user;
      return outcome::proceed;
    }
    ++ex.world.count.unauthorized;
    auto response = problem_response(failure::unauthorized, ex.request);
    response.headers.set("WWW-Authenticate", challenge);
    // As Membrane; it also slows down those who guess.
    response.close_connection = true;
    ex.response = std::move(response);
    return outcome::abort;
  }

  static outcome busy(exchange& ex) {
    ex.response =
        problem_response(failure::unavailable, ex.request, "Too many passwords are being checked.");
    ex.response->headers.set("Retry-After", "1");
    return outcome::abort;
  }

  stored_passwords users_;
  bool remove_header_;
  std::string stand_in_;  // a hash to check unknown users against; empty: no user has a hash
  mutable verified_passwords verified_;
  mutable std::atomic<unsigned> verifying_{0};
};

// Why nobody could log in with it; empty: somebody can.
std::string problem_of(std::string_view stored) {
  switch (crypto::form_of(stored)) {
    case crypto::password_form::argon2:
      return "is an argon2 hash, which is not supported here; bcrypt is (htpasswd -B)";
    case crypto::password_form::sha1:
      return "is a hash without salt, which is not supported here; bcrypt is (htpasswd -B)";
    case crypto::password_form::unknown:
      return "is a hash of a kind that is not known here; bcrypt is (htpasswd -B)";
    default:
      return {};
  }
}

void add_user(const element_node& user, stored_passwords& users, build_context& context) {
  const std::string& name = user.value("name");
  const attribute_value& password = *user.find("password");
  if (name.find(':') != std::string::npos)
    context.error(user, *user.find("name"), name.find(':'), "must not contain ':' (RFC 7617)");
  if (const auto wrong = problem_of(password.text); !wrong.empty())
    context.error(user, password, 0, wrong);
  if (!users.emplace(name, password.text).second)
    context.error(user, *user.find("name"), 0, "names a user for the second time");
}

// user:hash, one a line; what htpasswd writes. Empty lines and comments are passed over.
void add_file(const element_node& provider, stored_passwords& users, build_context& context) {
  const auto text = context.text_of(provider);
  if (!text) return;
  const attribute_value& location = *provider.find("location");
  const auto refuse = [&](std::size_t line, const std::string& what) {
    context.error(provider, location, 0,
                  "names a file whose line " + std::to_string(line) + " " + what);
  };
  std::istringstream lines(*text);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || line.starts_with('#')) continue;
    const auto colon = line.find(':');
    if (colon == std::string::npos || colon == 0) {
      refuse(number, "is not user:hash");
      continue;
    }
    // Behind a further colon htpasswd's relatives keep a comment; no hash has one.
    std::string stored = line.substr(colon + 1);
    if (stored.starts_with('$')) stored.erase(std::min(stored.find(':'), stored.size()));
    if (const auto wrong = problem_of(stored); !wrong.empty()) refuse(number, wrong);
    if (!users.emplace(line.substr(0, colon), stored).second)
      refuse(number, "has a user for the second time");
  }
  if (users.empty()) context.error(provider, location, 0, "names a file without users");
}

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  stored_passwords users;
  const element_node* provider = nullptr;
  for (const element_node& child : node.children) {
    if (child.descriptor->name == "user") {
      add_user(child, users, context);
      continue;
    }
    if (provider)
      context.error(child, "stands beside <" + std::string(provider->descriptor->name) +
                               ">; users come from one place");
    provider = &child;
  }
  if (provider && !users.empty()) {
    context.error(*provider, "stands beside <user>; users come from one place");
  } else if (provider) {
    add_file(*provider, users, context);
  }
  return std::make_unique<basic_authentication>(std::move(users),
                                                node.boolean("removeAuthorizationHeader"));
}

}  // namespace

const element_descriptor& basic_authentication_element() {
  static const element_descriptor d{
      .name = "basicAuthentication",
      .doc =
          "Asks for name and password (HTTP Basic, realm \"membrane\"). Users stand in the file, "
          "or in one that htpasswd writes.",
      .example = R"(<basicAuthentication>
  <user name="admin" password="membrane"/>
</basicAuthentication>)",
      .attributes = {{.name = "removeAuthorizationHeader",
                      .type = attribute_type::boolean,
                      .doc = "Do not send the client's Authorization field to the target.",
                      .default_value = "true"}},
      .children = {{.names = {"user", "htpasswdFileProvider", "fileUserDataProvider"}, .min = 1}},
      .make = make,
  };
  return d;
}

}  // namespace gateway
