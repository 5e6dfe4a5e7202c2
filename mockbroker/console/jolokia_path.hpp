// Paths of Jolokia: in URLs, and into the values that an answer has.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockbroker {

// The parts between slashes; `!/` is a slash and `!!` a bang in one of them.
std::vector<std::string> split_path(std::string_view path);
// A GET's path as the JSON that a POST would have; nothing when parts are missing.
std::optional<boost::json::object> request_of(const std::vector<std::string>& parts);
// What is at `path` in a value; null when nothing is. An empty path is the value.
boost::json::value follow(boost::json::value value, std::string_view path);
// The same in what list() answers; `wrong` says what is wrong with the path.
boost::json::value find_in_list(boost::json::object all, std::string_view path, std::string& wrong);
// `value` with "1" for objects below `depth` levels.
boost::json::value cut_depth(const boost::json::value& value, long depth);

}  // namespace mockbroker
