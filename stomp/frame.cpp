#include "stomp/frame.hpp"

#include <algorithm>

namespace stomp {

std::string_view to_string(version v) noexcept {
  switch (v) {
    case version::v1_0:
      return "1.0";
    case version::v1_1:
      return "1.1";
    case version::v1_2:
      break;
  }
  return "1.2";
}

std::optional<version> parse_version(std::string_view text) noexcept {
  for (version v : {version::v1_0, version::v1_1, version::v1_2}) {
    if (text == to_string(v)) return v;
  }
  return std::nullopt;
}

std::optional<std::string_view> frame::get(std::string_view name) const noexcept {
  for (const header& h : headers) {
    if (h.name == name) return h.value;
  }
  return std::nullopt;
}

std::string_view frame::get_or(std::string_view name, std::string_view fallback) const noexcept {
  return get(name).value_or(fallback);
}

frame& frame::set(std::string_view name, std::string_view value) {
  auto first = std::find_if(headers.begin(), headers.end(),
                            [name](const header& h) { return h.name == name; });
  if (first == headers.end()) return add(name, value);
  first->value = value;
  headers.erase(
      std::remove_if(first + 1, headers.end(), [name](const header& h) { return h.name == name; }),
      headers.end());
  return *this;
}

frame& frame::prepend(std::string_view name, std::string_view value) {
  headers.insert(headers.begin(), header{std::string(name), std::string(value)});
  return *this;
}

frame& frame::add(std::string_view name, std::string_view value) {
  headers.push_back(header{std::string(name), std::string(value)});
  return *this;
}

std::size_t frame::remove(std::string_view name) {
  return std::erase_if(headers, [name](const header& h) { return h.name == name; });
}

frame make_frame(std::string_view command, std::initializer_list<header> headers,
                 std::string_view body) {
  return frame{std::string(command), std::vector<header>(headers), std::string(body)};
}

frame make_receipt(std::string_view receipt_id) {
  return make_frame("RECEIPT", {{"receipt-id", std::string(receipt_id)}});
}

frame make_error(std::string_view message, std::string_view body,
                 std::optional<std::string_view> receipt_id) {
  frame f = make_frame("ERROR", {{"message", std::string(message)}}, body);
  if (receipt_id) f.add("receipt-id", *receipt_id);
  if (!body.empty()) f.add("content-type", "text/plain");
  return f;
}

bool may_have_body(std::string_view command) noexcept {
  return command == "SEND" || command == "MESSAGE" || command == "ERROR";
}

bool is_connect_family(std::string_view command) noexcept {
  return command == "CONNECT" || command == "STOMP" || command == "CONNECTED";
}

std::size_t memory_cost(const frame& f) noexcept {
  std::size_t cost = sizeof(frame) + f.command.size() + f.body.size();
  for (const header& h : f.headers) cost += sizeof(header) + h.name.size() + h.value.size();
  return cost;
}

}  // namespace stomp
