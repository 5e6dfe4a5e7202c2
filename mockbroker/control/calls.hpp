// The calls of the control API: what each is asked with, what it answers with, and who does it, as
// one table. A row more is a call more; its check, its place in the list and in the schema come
// from the row.
#pragma once

#include <boost/json/value.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mockbroker/control/control.hpp"
#include "mockbroker/control/control_json.hpp"
#include "mockbroker/control/shape.hpp"

namespace mockbroker {

// An answer that is an error; thrown by calls.
struct refusal {
  int status;
  std::string text;
};

net::http_response answer(const boost::json::value& v, int status = 200);
net::http_response answer(const refusal& r);

// One request, judged by its row: path parameters in order, the query, the body as JSON.
struct call {
  control::parts& of;
  std::vector<std::string> parameters;
  std::vector<net::header_field> query;
  boost::json::value body;

  // The body; an empty object when there is none.
  const boost::json::object& object() const;
  // A number of the query.
  std::uint64_t given(std::string_view name, std::uint64_t fallback) const;
  // The first path parameter as a number; `what` it is, for the refusal: "a connection".
  std::uint64_t path_number(std::string_view what) const;
  static std::string text(const boost::json::object& o, std::string_view name,
                          std::string_view fallback = {});
  static std::int64_t number(const boost::json::object& o, std::string_view name,
                             std::int64_t fallback);
  static entry_match match(const boost::json::object& o);
  // 409 when there is none, only an upstream.
  class broker& broker() const;
};

inline constexpr std::string_view json_type = "application/json";

struct call_row {
  std::string_view method;
  std::string_view path;  // behind /__mock/; {} is a parameter
  net::task<net::http_response> (*run)(call& c);
  std::string_view doc;
  shape request = object_of(no_members);  // an object, and then the body may be missing; or special
  std::span<const member> query{};        // numbers
  int status = 200;                       // when it went well
  shape answer{};
  std::string_view type = json_type;  // another one has no shape
};
std::span<const call_row> call_rows();

// The body and the query of a request against its row; 400 when they are not as it says.
void check(const call_row& row, const call& c);

}  // namespace mockbroker
