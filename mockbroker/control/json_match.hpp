// Whether a body is the JSON that somebody expects, and if not, where the two differ. Pure.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace mockbroker {

// The first difference of a body that should be `wanted` as a whole, as text; empty: there is none.
// The order of members does not matter, that of list elements does; 1 and 1.0 are the same number.
//   "items.0.price is 4, expected 3"    "has no member 'prise'; did you mean 'price'?"
std::string json_difference(std::string_view body, const boost::json::value& wanted);
// The same for the part of the body at `path`: names of members and numbers of list elements from
// 0, with dots between them ("items.0.price"). A name with a dot in it cannot be reached.
std::string json_difference_at(std::string_view body, std::string_view path,
                               const boost::json::value& wanted);

}  // namespace mockbroker
