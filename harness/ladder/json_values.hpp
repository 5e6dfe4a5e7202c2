// Values of a ladder as JSON, and JSON objects read with paths in their errors. A part of the twin,
// not for others.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/ladder/model.hpp"

namespace harness::ladder {

// Thrown at the first error of a step and caught by the reader of the document.
struct json_error {
  std::string text;  // begins with the path
};

// A string in which $$ is a dollar, ${name} and ${now+5} a variable, ${#} the number of the
// repetition and ${%hh} an octet that is no UTF-8; or an array of those and of
// {"repeat": STRING, "times": N}.
boost::json::value value_to_json(const value& v);
value value_from_json(const boost::json::value& v, const std::string& path);

// Reads the members of one object.
class object_reader {
 public:
  // Refuses what is no object and members that are not in `known`.
  object_reader(const boost::json::value& v, std::string path,
                const std::vector<std::string_view>& known);

  bool has(std::string_view name) const { return object_->contains(name); }
  std::string path_of(std::string_view name) const { return path_ + '.' + std::string(name); }
  const boost::json::value& at(std::string_view name) const;
  std::string text(std::string_view name) const;
  // One of `known`; `fallback` when it is not there.
  std::string one_of(std::string_view name, const std::vector<std::string_view>& known,
                     std::string_view fallback) const;
  // False when it is not there.
  bool flag(std::string_view name) const;
  std::uint64_t number(std::string_view name, std::uint64_t low, std::uint64_t high) const;
  // Milliseconds.
  net::duration time(std::string_view name) const;
  std::optional<net::duration> optional_time(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;
  const boost::json::array& array(std::string_view name) const;
  // "[0]" for an entry of it.
  std::string path_of(std::string_view name, std::size_t index) const;
  [[noreturn]] void fail(std::string_view name, const std::string& text) const;

 private:
  const boost::json::object* object_ = nullptr;
  std::string path_;
};

}  // namespace harness::ladder
