#include "crypto/password.hpp"

#include <gtest/gtest.h>

namespace crypto {
namespace {

struct stored {
  const char* name;
  const char* text;
  password_form form;
};

// Each is the hash of "secret", as openssl passwd, htpasswd and crypt(3) write it.
class Stored : public testing::TestWithParam<stored> {};

TEST_P(Stored, IsRecognisedAndMatchesItsPasswordOnly) {
  EXPECT_EQ(form_of(GetParam().text), GetParam().form);
  EXPECT_TRUE(can_verify(GetParam().form));
  EXPECT_TRUE(verify_password("secret", GetParam().text));
  for (const std::string wrong : {"", "Secret", "secret ", "secre"}) {
    EXPECT_FALSE(verify_password(wrong, GetParam().text)) << wrong;
  }
  EXPECT_FALSE(verify_password(std::string("secret\0", 7), GetParam().text));
}

INSTANTIATE_TEST_SUITE_P(
    Forms, Stored,
    testing::Values(stored{"bcrypt", "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
                           password_form::bcrypt},
                    stored{"sha512_crypt",
                           "$6$rounds=1000$salt$HNxBeBnDfSfUrTj6KiLnmd7tGCvHEmcExh8kl/"
                           "S0cZ5WrCciNZgfhbpkeFQ4JfkHX.8vPq45lY0iINnCx1Lkm.",
                           password_form::sha512_crypt},
                    stored{"sha256_crypt",
                           "$5$rounds=1000$salt$CCvcOM6b7TEJDPb37Aec/9UpOg4QhPNAxPpL9ZzjTB7",
                           password_form::sha256_crypt},
                    stored{"md5_crypt", "$1$salt$ez2vlPGdaLYkJam5pWs/Y1", password_form::md5_crypt},
                    stored{"apr1", "$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0", password_form::apr1},
                    stored{"plain", "secret", password_form::plain}),
    [](const auto& each) { return each.param.name; });

TEST(Password, OfManyCharactersHasTheHashOfOpenssl) {
  EXPECT_EQ(apr1_hash("a longer password of more than 16", "xy"),
            "$apr1$xy$xD3ZcInmpdD1fhr5NSu2C1");
  EXPECT_EQ(apr1_hash("secret", "saltsalt"), "$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0");
}

TEST(Password, WhatIsKnownAndNotVerifiedNeverMatches) {
  EXPECT_EQ(form_of("$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA"), password_form::argon2);
  EXPECT_EQ(form_of("{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="), password_form::sha1);
  EXPECT_EQ(form_of("$9$abc$def"), password_form::unknown);
  EXPECT_EQ(form_of("$5.00 for tea"), password_form::plain);
  for (const char* text : {"$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA", "$9$abc$def",
                           "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="}) {
    EXPECT_FALSE(verify_password(text, text)) << text;
  }
}

TEST(Password, MalformedHashesMatchNothing) {
  for (const char* text : {"$apr1$", "$apr1$salt", "$2b$04$short", "$6$", "$1$"}) {
    EXPECT_FALSE(verify_password("", text)) << text;
    EXPECT_FALSE(verify_password("secret", text)) << text;
  }
}

}  // namespace
}  // namespace crypto
