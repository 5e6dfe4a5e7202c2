// Stored passwords as htpasswd, crypt(3) and Membrane write them. Pure, and slow on purpose: verify
// off the data path.
#pragma once

#include <string>
#include <string_view>

namespace crypto {

enum class password_form {
  plain,         // no hash
  apr1,          // $apr1$salt$hash, htpasswd's MD5
  md5_crypt,     // $1$
  bcrypt,        // $2a$, $2b$, $2y$
  sha256_crypt,  // $5$
  sha512_crypt,  // $6$
  yescrypt,      // $y$
  sha1,          // {SHA}, htpasswd -s: known, and not verified, since it has no salt
  argon2,        // $argon2...: known, and not verified
  unknown,       // begins as a hash and is none of these, or is malformed
};
// What `stored` is, by its form alone.
password_form form_of(std::string_view stored) noexcept;
// Whether verify_password() can say anything but no of it.
bool can_verify(password_form form) noexcept;

// Whether `password` is the one of `stored`. Takes as long as the hash asks for; the comparison
// does not tell where they differ. A password with a NUL never matches a hash. Any thread.
bool verify_password(std::string_view password, std::string_view stored);

// The $apr1$ hash of `password` with a salt of at most 8 characters.
std::string apr1_hash(std::string_view password, std::string_view salt);

}  // namespace crypto
