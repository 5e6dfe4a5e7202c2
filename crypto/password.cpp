#include "crypto/password.hpp"

#include <crypt.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

#include "crypto/digest.hpp"

namespace crypto {

namespace {

constexpr std::string_view apr1 = "$apr1$";
constexpr std::size_t most_salt = 8;
constexpr unsigned apr1_rounds = 1000;

struct form_row {
  std::string_view prefix;
  password_form form;
};
constexpr std::array forms{
    form_row{apr1, password_form::apr1},          form_row{"$1$", password_form::md5_crypt},
    form_row{"$2a$", password_form::bcrypt},      form_row{"$2b$", password_form::bcrypt},
    form_row{"$2y$", password_form::bcrypt},      form_row{"$5$", password_form::sha256_crypt},
    form_row{"$6$", password_form::sha512_crypt}, form_row{"$y$", password_form::yescrypt},
    form_row{"{SHA}", password_form::sha1},       form_row{"$argon2", password_form::argon2},
};

class md5 {
 public:
  md5() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_md5(), nullptr) != 1) {
      throw std::runtime_error("MD5 is not available");
    }
  }
  md5& add(std::string_view bytes) {
    EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
    return *this;
  }
  std::string finish() {
    std::string out(16, '\0');
    EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(out.data()), nullptr);
    return out;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

// The octets of the digest in crypt(3)'s order, six bits a character, lowest first.
std::string apr1_text(const std::string& digest) {
  constexpr std::string_view alphabet =
      "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  constexpr std::array<std::array<std::size_t, 3>, 5> groups{
      {{0, 6, 12}, {1, 7, 13}, {2, 8, 14}, {3, 9, 15}, {4, 10, 5}}};
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(digest[i]); };
  std::string out;
  const auto put = [&](unsigned value, int characters) {
    for (; characters > 0; --characters, value >>= 6U) out += alphabet[value & 0x3FU];
  };
  for (const auto& [high, middle, low] : groups) {
    put(unsigned(octet(high)) << 16U | unsigned(octet(middle)) << 8U | octet(low), 4);
  }
  put(octet(11), 2);
  return out;
}

bool verify_crypt(const std::string& password, const std::string& stored) {
  auto state = std::make_unique<crypt_data>();  // 32 KiB
  const char* made = crypt_r(password.c_str(), stored.c_str(), state.get());
  return made != nullptr && made[0] != '*' && constant_time_equal(made, stored);
}

}  // namespace

password_form form_of(std::string_view stored) noexcept {
  for (const auto& row : forms) {
    if (stored.starts_with(row.prefix)) return row.form;
  }
  // "$id$": somebody's hash, and not a password that begins with a dollar.
  const auto second = stored.find('$', 1);
  const bool is_hash = stored.starts_with('$') && second != std::string_view::npos && second > 1 &&
                       second < 12 && stored.find('$', second + 1) != std::string_view::npos;
  return is_hash ? password_form::unknown : password_form::plain;
}

bool can_verify(password_form form) noexcept {
  return form != password_form::sha1 && form != password_form::argon2 &&
         form != password_form::unknown;
}

bool verify_password(std::string_view password, std::string_view stored) {
  const password_form form = form_of(stored);
  if (!can_verify(form)) return false;
  // Of equal length whatever is compared.
  if (form == password_form::plain) return constant_time_equal(sha256(password), sha256(stored));
  if (password.find('\0') != std::string_view::npos) return false;
  if (form != password_form::apr1) return verify_crypt(std::string(password), std::string(stored));
  const std::string_view rest = stored.substr(apr1.size());
  const auto end = rest.find('$');
  if (end == std::string_view::npos) return false;
  return constant_time_equal(apr1_hash(password, rest.substr(0, end)), stored);
}

std::string apr1_hash(std::string_view password, std::string_view salt) {
  salt = salt.substr(0, most_salt);
  const std::string inner = md5().add(password).add(salt).add(password).finish();
  md5 outer;
  outer.add(password).add(apr1).add(salt);
  for (std::size_t left = password.size(); left > 0; left -= std::min<std::size_t>(left, 16)) {
    outer.add(std::string_view(inner).substr(0, std::min<std::size_t>(left, 16)));
  }
  for (std::size_t bits = password.size(); bits != 0; bits >>= 1U) {
    outer.add((bits & 1U) != 0 ? std::string_view("\0", 1) : password.substr(0, 1));
  }
  std::string digest = outer.finish();
  for (unsigned round = 0; round < apr1_rounds; ++round) {
    md5 next;
    next.add(round % 2 != 0 ? password : std::string_view(digest));
    if (round % 3 != 0) next.add(salt);
    if (round % 7 != 0) next.add(password);
    next.add(round % 2 != 0 ? std::string_view(digest) : password);
    digest = next.finish();
  }
  return std::string(apr1) + std::string(salt) + '$' + apr1_text(digest);
}

}  // namespace crypto
