// <basicAuthentication>: HTTP Basic (RFC 7617) against users of the file.
#include <map>

#include "crypto/digest.hpp"
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

class basic_authentication final : public sync_element {
 public:
  // Passwords are kept as digests: equal lengths for the comparison, and no plain copy.
  basic_authentication(std::map<std::string, std::string> digests, bool remove_header)
      : digests_(std::move(digests)), remove_header_(remove_header) {}

  outcome request_now(exchange& ex) const override {
    const auto given = read_credentials(ex.request);
    // Also on failure: nothing behind may see or print what was tried.
    if (remove_header_) ex.request.headers.remove("Authorization");
    if (given && is_valid(*given)) {
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
  outcome response_now(exchange& /*ex*/) const override { return outcome::proceed; }

 private:
  bool is_valid(const credentials& given) const {
    const auto user = digests_.find(given.user);
    static const std::string nobody = crypto::sha256("");
    // An unknown user costs the same work as a wrong password.
    const std::string& expected = user == digests_.end() ? nobody : user->second;
    const bool equal = crypto::constant_time_equal(crypto::sha256(given.password), expected);
    return equal && user != digests_.end();
  }

  std::map<std::string, std::string> digests_;
  bool remove_header_;
};

// crypt(3) and friends: comparing such a text as plain would lock everybody out, or let in who
// stole the file.
bool looks_hashed(std::string_view password) {
  for (const std::string_view start :
       {"$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$y$", "$apr1$", "$argon2"})
    if (password.starts_with(start)) return true;
  return false;
}

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  std::map<std::string, std::string> digests;
  for (const element_node& user : node.children) {
    const std::string& name = user.value("name");
    const attribute_value& password = *user.find("password");
    if (name.find(':') != std::string::npos)
      context.error(user, *user.find("name"), name.find(':'), "must not contain ':' (RFC 7617)");
    if (looks_hashed(password.text))
      context.error(user, password, 0, "is a password hash, which is not supported here yet");
    if (!digests.emplace(name, crypto::sha256(password.text)).second)
      context.error(user, *user.find("name"), 0, "names a user for the second time");
  }
  return std::make_unique<basic_authentication>(std::move(digests),
                                                node.boolean("removeAuthorizationHeader"));
}

}  // namespace

const element_descriptor& basic_authentication_element() {
  static const element_descriptor d{
      .name = "basicAuthentication",
      .doc = "Asks for name and password (HTTP Basic, realm \"membrane\").",
      .example = R"(<basicAuthentication>
  <user name="admin" password="membrane"/>
</basicAuthentication>)",
      .attributes = {{.name = "removeAuthorizationHeader",
                      .type = attribute_type::boolean,
                      .doc = "Do not send the client's Authorization field to the target.",
                      .default_value = "true"}},
      .children = {{.names = {"user"}, .min = 1}},
      .make = make,
  };
  return d;
}

}  // namespace gateway
