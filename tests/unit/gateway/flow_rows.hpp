// Rows for elements: what a proxy makes of one request and of the target's answer, and what is said
// of bad input.
#pragma once

#include <algorithm>

#include "tests/unit/gateway/support.hpp"

namespace gateway::test {

// Messages are texts: a start line, "Name: value" lines, an empty line, a body; all but the first
// may be missing.
inline std::vector<std::string> head_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    if (end == at) break;
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

inline net::header_list fields_of(const std::vector<std::string>& lines) {
  net::header_list fields;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto colon = lines[i].find(": ");
    fields.add(lines[i].substr(0, colon), lines[i].substr(colon + 2));
  }
  return fields;
}

inline std::unique_ptr<net::body_source> body_in(const std::string& text) {
  const auto at = text.find("\n\n");
  if (at == text.npos) return nullptr;
  return net::make_string_body(text.substr(at + 2));
}

// "GET /a" or "GET /a\nX-A: 1\n\nbody".
inline net::http_request parse_request(const std::string& text) {
  const auto lines = head_lines(text);
  const auto blank = lines[0].find(' ');
  auto made = make_request(lines[0].substr(0, blank), lines[0].substr(blank + 1), fields_of(lines));
  made.body = body_in(text);
  return made;
}

// "200" or "200\nX-A: 1\n\nbody".
inline net::http_response parse_response(const std::string& text) {
  const auto lines = head_lines(text);
  net::http_response made;
  made.status = std::stoi(lines[0]);
  made.headers = fields_of(lines);
  made.body = body_in(text);
  return made;
}

inline std::string written(world& w, std::string start, const net::header_list& fields,
                           std::unique_ptr<net::body_source>& body) {
  for (const net::header_field& f : fields.fields()) start += "\n" + f.name + ": " + f.value;
  if (!body) return start;
  const auto all = run(w, net::read_all(body.get(), 16 * 1024 * 1024));
  const std::string text = all ? *all : "error: " + all.error().message();
  body = net::make_string_body(text);
  return start + "\n\n" + text;
}

inline std::string written(world& w, net::http_request& r) {
  return written(w, r.method + " " + r.target, r.headers, r.body);
}
inline std::string written(world& w, net::http_response& r) {
  return written(w, std::to_string(r.status), r.headers, r.body);
}

// What is not asked for is null.
struct flow_row {
  const char* name;  // a behaviour, for GoogleTest
  std::string elements;
  std::string request = "GET /";
  const char* to_target = nullptr;  // what the target gets; "": nothing, an element answered
  const char* to_client = nullptr;  // what the client gets
  std::string answer = "200";       // of the target
};

inline void PrintTo(const flow_row& row, std::ostream* to) { *to << row.name; }

// What a proxy with `elements` makes of a request.
struct flow_run {
  world w;
  std::shared_ptr<const config> loaded;
  std::optional<exchange> ex;
  std::string to_target;
  std::string to_client;

  void call(const std::string& elements, const std::string& request,
            const std::string& answer = "200", const load_options& options = {}) {
    if (!loaded) loaded = must_load_flow(elements, options);
    if (!loaded) return;
    const flow& all = loaded->proxies.at(0)->elements;
    ex.emplace(parse_request(request), w.connection, w.all);
    to_target.clear();
    if (run(w, all.on_request(*ex)) == outcome::proceed) {
      to_target = written(w, ex->request);
      ex->response = parse_response(answer);
      run(w, all.on_response(*ex));
    }
    to_client = ex->response ? written(w, *ex->response) : "nothing";
  }
};

class FlowRows : public testing::TestWithParam<flow_row> {};

// A bad element is in the third line of its file.
struct error_row {
  const char* name;
  std::string elements;
  int column;
  std::string message;
};

inline void PrintTo(const error_row& row, std::ostream* to) { *to << row.name; }

// The first error of a proxy with `elements`, and whether its caret stands below the column.
inline void expect_error(const error_row& row, const load_options& options = {}) {
  const auto loaded =
      load_proxies("<serviceProxy port='80'>\n" + row.elements + "\n</serviceProxy>", options);
  ASSERT_FALSE(loaded.errors.empty()) << row.elements;
  const std::string& error = loaded.errors[0];
  const auto first = error.find('\n');
  EXPECT_EQ(error.substr(0, first),
            "proxies.xml:3:" + std::to_string(row.column) + ": " + row.message);
  const auto second = error.find('\n', first + 1);
  ASSERT_NE(second, error.npos) << error;
  const auto line = error.substr(first + 1, second - first - 1);
  const auto caret = error.find('^', second) - second - 1;
  // A long line is cut: then the octets around the place must be the same.
  EXPECT_EQ(line.substr(caret, 4), row.elements.substr(static_cast<std::size_t>(row.column) - 1, 4))
      << error;
}

class ErrorRows : public testing::TestWithParam<error_row> {};

template <class Row>
std::string name_of(const testing::TestParamInfo<Row>& info) {
  return info.param.name;
}

}  // namespace gateway::test
