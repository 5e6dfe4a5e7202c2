// The choice of a certificate by the name that a client asks for.
#include "net/certificate_choice.hpp"

#include <gtest/gtest.h>

namespace net {
namespace {

using names = std::vector<std::string>;

TEST(CertificateNames, CoverThemselvesInAnyCase) {
  EXPECT_TRUE(covers("a.example", "a.example"));
  EXPECT_TRUE(covers("A.example", "a.EXAMPLE"));
  EXPECT_FALSE(covers("a.example", "b.example"));
  EXPECT_FALSE(covers("a.example", "x.a.example"));
  EXPECT_FALSE(covers("", ""));
}

TEST(CertificateNames, CoverOneLabelWithAWildcard) {
  EXPECT_TRUE(covers("*.example.org", "a.example.org"));
  EXPECT_TRUE(covers("*.Example.org", "A.example.ORG"));
  EXPECT_FALSE(covers("*.example.org", "example.org"));
  EXPECT_FALSE(covers("*.example.org", ".example.org"));
  EXPECT_FALSE(covers("*.example.org", "a.b.example.org"));
  EXPECT_FALSE(covers("*.example.org", "a.example.net"));
}

TEST(CertificateNames, HaveNoOtherWildcards) {
  for (const auto* pattern : {"*", "*.", "a*.example", "*a.example", "x.*.example", "**.example"})
    for (const auto* name : {"a.example", "aa.example", "x.a.example", "a", "a."})
      EXPECT_FALSE(covers(pattern, name)) << pattern << " " << name;
}

TEST(CertificateChoice, GoesByTheNameThenByTheWildcardThenByCertificatesWithoutNames) {
  const std::vector<names> all = {
      {}, {"*.example"}, {"b.example", "c.example"}, {"a.example", "*.c.example"}, {"a.example"}};
  EXPECT_EQ(choose_certificate(all, "a.example"), 3u);
  EXPECT_EQ(choose_certificate(all, "C.example"), 2u);
  EXPECT_EQ(choose_certificate(all, "x.c.example"), 3u);
  EXPECT_EQ(choose_certificate(all, "x.example"), 1u);
  EXPECT_EQ(choose_certificate(all, "other"), 0u);
}

TEST(CertificateChoice, FindsNothingForANameThatIsNowhere) {
  const std::vector<names> all = {{"a.example"}, {"*.b.example"}};
  EXPECT_EQ(choose_certificate(all, "b.example"), std::nullopt);
}

TEST(CertificateChoice, TakesTheFirstForClientsThatNameNobody) {
  const std::vector<names> all = {{"a.example"}, {}};
  EXPECT_EQ(choose_certificate(all, ""), 0u);
}

TEST(CertificateChoice, LetsTheOnlyCertificateServeEveryName) {
  const std::vector<names> all = {{"a.example"}};
  EXPECT_EQ(choose_certificate(all, "b.example"), 0u);
}

}  // namespace
}  // namespace net
