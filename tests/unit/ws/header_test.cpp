#include "ws/header.hpp"

#include <gtest/gtest.h>

#include "tests/unit/ws/wire.hpp"

using ws::header_fault;

namespace {

header_fault fault_of(const std::string& octets) {
  ws::header_decoder decoder;
  std::string_view input = octets;
  EXPECT_TRUE(decoder.feed(input));
  return decoder.fault();
}

}  // namespace

// W-FR-3: RFC 6455 5.7, the examples
TEST(WsHeader, DecodesTheExamplesOctetByOctet) {
  const std::string octets("\x81\x85\x37\xfa\x21\x3d", 6);
  ws::header_decoder decoder;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    std::string_view one = std::string_view(octets).substr(i, 1);
    EXPECT_EQ(decoder.feed(one), i + 1 == octets.size());
  }
  EXPECT_TRUE(decoder.header().fin);
  EXPECT_EQ(decoder.header().op, ws::opcode::text);
  EXPECT_TRUE(decoder.header().masked);
  EXPECT_EQ(decoder.header().length, 5U);
  EXPECT_EQ(decoder.header().key[3], 0x3d);
}

TEST(WsHeader, DecodesExtendedLengths) {
  ws::header_decoder decoder;
  std::string_view two("\x82\x7E\x01\x00", 4);
  ASSERT_TRUE(decoder.feed(two));
  EXPECT_EQ(decoder.header().length, 256U);
  decoder.reset();
  std::string_view eight("\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00", 10);
  ASSERT_TRUE(decoder.feed(eight));
  EXPECT_EQ(decoder.header().length, 65536U);
  EXPECT_EQ(decoder.fault(), header_fault::none);
}

// W-FR-2, W-FR-4
TEST(WsHeader, NamesEveryFault) {
  for (int op : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    EXPECT_EQ(fault_of({static_cast<char>(0x80 | op), 0}), header_fault::reserved_opcode) << op;
  }
  EXPECT_EQ(fault_of(std::string("\x09\x00", 2)), header_fault::control_fragmented);
  EXPECT_EQ(fault_of(std::string("\x89\x7E\x00\x7E", 4)), header_fault::control_too_long);
  EXPECT_EQ(fault_of(std::string("\x81\x7E\x00\x7D", 4)), header_fault::length_not_minimal);
  EXPECT_EQ(fault_of(std::string("\x81\x7F\0\0\0\0\0\0\xFF\xFF", 10)),
            header_fault::length_not_minimal);
  EXPECT_EQ(fault_of(std::string("\x81\x7F\x80\0\0\0\0\0\0\0", 10)),
            header_fault::length_too_large);
  EXPECT_STREQ(ws::to_string(header_fault::none), "none");
}

// RFC 6455 5.3
TEST(WsMask, IsItsOwnInverseInAnyPieces) {
  const std::string text = "a payload that is longer than two words of eight octets";
  std::string whole = text;
  ws::apply_mask(whole.data(), whole.size(), ws_test::key, 0);
  EXPECT_NE(whole, text);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    std::string pieces = whole;
    ws::apply_mask(pieces.data(), cut, ws_test::key, 0);
    ws::apply_mask(pieces.data() + cut, pieces.size() - cut, ws_test::key, cut);
    EXPECT_EQ(pieces, text) << cut;
  }
}
