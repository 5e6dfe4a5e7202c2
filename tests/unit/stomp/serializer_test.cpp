#include "stomp/serializer.hpp"

#include <gtest/gtest.h>

#include "tests/unit/stomp/events.hpp"

using namespace stomp_test;
using stomp::errc;
using stomp::frame;
using stomp::length_policy;
using stomp::make_frame;
using stomp::version;

namespace {

std::string written(const frame& f, stomp::serialize_options options = {}) {
  std::string out;
  EXPECT_FALSE(stomp::serialize(f, options, out));
  return out;
}

std::error_code refused(const frame& f, stomp::serialize_options options = {}) {
  std::string out = "kept";
  const auto error = stomp::serialize(f, options, out);
  EXPECT_EQ(out, "kept");
  return error;
}

}  // namespace

// S12-EOL-1: LF only
TEST(StompSerializer, WritesLineFeedsAndOneNul) {
  EXPECT_EQ(written(make_frame("ACK", {{"id", "1"}})), bytes("ACK\nid:1\n\n\0"));
}

// S-CLEN-2
TEST(StompSerializer, AddsContentLengthByPolicy) {
  const frame text = make_frame("SEND", {{"destination", "/q"}}, "hi");
  EXPECT_EQ(written(text), bytes("SEND\ndestination:/q\ncontent-length:2\n\nhi\0"));
  EXPECT_EQ(written(text, {.length = length_policy::when_needed}),
            bytes("SEND\ndestination:/q\n\nhi\0"));
  const frame nul = make_frame("SEND", {}, bytes("a\0b"));
  EXPECT_EQ(written(nul, {.length = length_policy::when_needed}),
            bytes("SEND\ncontent-length:3\n\na\0b\0"));
  EXPECT_EQ(refused(nul, {.length = length_policy::as_is}), errc::nul_needs_content_length);
}

TEST(StompSerializer, RefusesALyingContentLength) {
  EXPECT_EQ(refused(make_frame("SEND", {{"content-length", "1"}}, "hi")),
            errc::content_length_mismatch);
  EXPECT_EQ(refused(make_frame("ACK", {{"content-length", "1"}})), errc::content_length_mismatch);
  EXPECT_EQ(written(make_frame("SEND", {{"content-length", "2"}}, "hi")),
            bytes("SEND\ncontent-length:2\n\nhi\0"));
}

// S12-ESC-3
TEST(StompSerializer, EscapesPerVersion) {
  const frame f = make_frame("SEND", {{"a:b", "c\nd\\"}});
  EXPECT_EQ(written(f), bytes("SEND\na\\cb:c\\nd\\\\\n\n\0"));
  EXPECT_EQ(written(f, {.v = version::v1_1}), bytes("SEND\na\\cb:c\\nd\\\\\n\n\0"));
  EXPECT_EQ(refused(f, {.v = version::v1_0}), errc::header_not_expressible);
}

// S12-ESC-3: header injection, version by version
TEST(StompSerializer, RefusesHeadersTheVersionCannotExpress) {
  const frame cr = make_frame("SEND", {{"a", "b\r"}});
  EXPECT_EQ(refused(cr, {.v = version::v1_1}), errc::header_not_expressible);
  EXPECT_EQ(refused(cr, {.v = version::v1_0}), errc::header_not_expressible);
  EXPECT_EQ(written(cr), bytes("SEND\na:b\\r\n\n\0"));
  EXPECT_EQ(refused(make_frame("SEND", {{":a", "b"}}), {.v = version::v1_0}),
            errc::header_not_expressible);
  EXPECT_EQ(refused(make_frame("CONNECT", {{"login", "me\npasscode:x"}})),
            errc::header_not_expressible);
  EXPECT_EQ(refused(make_frame("SEND", {{"a", bytes("b\0c")}})), errc::header_not_expressible);
  EXPECT_EQ(refused(make_frame("SEND", {{"", "b"}})), errc::header_not_expressible);
}

TEST(StompSerializer, LeavesConnectFramesUnescaped) {
  EXPECT_EQ(written(make_frame("CONNECT", {{"passcode", "a:b\\c"}})),
            bytes("CONNECT\npasscode:a:b\\c\n\n\0"));
}

TEST(StompSerializer, RefusesBadCommandsAndBodies) {
  EXPECT_EQ(refused(make_frame("")), errc::bad_command);
  EXPECT_EQ(refused(make_frame("SEND\nx:y")), errc::bad_command);
  EXPECT_EQ(refused(make_frame("ACK", {{"id", "1"}}, "body")), errc::body_not_allowed);
}

TEST(StompSerializer, WhatItWritesIsReadBackEqual) {
  const frame cases[] = {
      make_frame("SEND", {{"a", "\n:\\\r"}, {"b:\n", ""}, {"content-length", "3"}},
                 bytes("\0\n\0")),
      make_frame("MESSAGE", {{"x", "y"}, {"x", "z"}}),
      make_frame("ERROR", {{"message", "h\xC3\xA9"}, {"content-length", "1"}}, "x"),
  };
  for (const frame& f : cases) EXPECT_EQ(one_frame(written(f)), f);
}
