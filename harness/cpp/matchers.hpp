// GoogleMock matchers over stomp::frame. They explain a mismatch field by field:
//   EXPECT_THAT(f, AllOf(command("SEND"), destination("/queue/a"), body(HasSubstr("hi"))));
// Every matcher takes a value or another matcher of std::string.
#pragma once

#include <gmock/gmock.h>

#include <iosfwd>
#include <string>

#include "stomp/frame.hpp"

namespace stomp {

// Prints `COMMAND name="value" ... body(5)="hello"`, bounded and escaped. Found by GoogleTest.
void PrintTo(const frame& f, std::ostream* out);

}  // namespace stomp

namespace harness {

using text_matcher = ::testing::Matcher<std::string>;
using frame_matcher = ::testing::Matcher<const stomp::frame&>;

// The command as a whole.
frame_matcher command(const text_matcher& expected);
// The value (first occurrence) of header `name`. An absent header never matches.
frame_matcher header(std::string name, const text_matcher& expected);
// Whether the header is there, whatever its value.
frame_matcher has_header(std::string name);
// The body's octets.
frame_matcher body(const text_matcher& expected);

// Shorthands for headers that tests ask for all the time.
frame_matcher destination(const text_matcher& expected);
frame_matcher receipt_id(const text_matcher& expected);
frame_matcher subscription(const text_matcher& expected);
frame_matcher message_id(const text_matcher& expected);
frame_matcher content_type(const text_matcher& expected);

// Whole frames by role: RECEIPT for `id`, MESSAGE with this body, ERROR whose `message` matches.
frame_matcher receipt_for(const text_matcher& id);
frame_matcher message_with(const text_matcher& expected_body);
frame_matcher error_saying(const text_matcher& expected_message);

}  // namespace harness
