// GoogleMock matchers over stomp::frame. They explain a mismatch field by field:
//   EXPECT_THAT(f, AllOf(command("SEND"), destination("/queue/a"), body(HasSubstr("hi"))));
// Every matcher takes a value or another matcher of std::string.
#pragma once

#include <gmock/gmock.h>

#include <boost/json/value.hpp>
#include <iosfwd>
#include <string>
#include <string_view>

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

// The body as JSON: equal to this text's value as a whole, whatever the order of members, or only
// at a path ("items.0.price", mockbroker/control/json_match.hpp):
//   body_json(R"({"price": 3, "name": "x"})")     body_json("price", 3)
// std::invalid_argument when the text is no JSON.
frame_matcher body_json(std::string_view expected);
frame_matcher body_json(std::string path, boost::json::value expected);

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
