#include "mockbroker/broker/transformation.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mockbroker {
namespace {

constexpr std::array<std::string_view, 9> known = {
    "jms-byte",    "jms-xml",      "jms-json",          "jms-object-xml",   "jms-object-json",
    "jms-map-xml", "jms-map-json", "jms-advisory-json", "jms-advisory-xml",
};

bool is_known(std::optional<std::string_view> name) noexcept {
  return name && std::ranges::find(known, *name) != known.end();
}

bool is_word(std::string_view text, std::string_view word) noexcept {
  return std::ranges::equal(text, word, {}, [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
}

std::variant<sent_body, refused_body> untransformed(const stomp::frame& send) {
  sent_body body;
  if (const auto type = send.get("amq-msg-type")) {
    if (!is_word(*type, "text") && !is_word(*type, "bytes"))
      return refused_body{"Unsupported message type '" + std::string(*type) + "'"};
    body.kind = is_word(*type, "bytes") ? body_kind::bytes : body_kind::text;
  } else if (send.has("content-length")) {
    body.kind = body_kind::bytes;
  }
  return body;
}

std::variant<map_body, conversion_error> transformed(const stomp::frame& send,
                                                     std::string_view transformation,
                                                     const map_reader& reader) {
  if (transformation == "jms-map-json") return reader.read(send.body, map_format::json);
  if (transformation == "jms-map-xml") return reader.read(send.body, map_format::xml);
  if (transformation.starts_with("jms-object-"))
    return conversion_error{"objects are not supported"};
  return conversion_error{"Unknown transformation: " + std::string(transformation)};
}

std::optional<std::string> owned(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  return std::string(*text);
}

}  // namespace

std::variant<sent_body, refused_body> read_body(const stomp::frame& send,
                                                const map_reader& reader) {
  const auto transformation = send.get("transformation");
  if (!is_known(transformation) || *transformation == "jms-byte" || send.has("content-length"))
    return untransformed(send);
  auto read = transformed(send, *transformation, reader);
  if (auto* map = std::get_if<map_body>(&read))
    return sent_body{body_kind::map, std::move(*map), std::nullopt};
  auto fallback = untransformed(send);
  if (auto* body = std::get_if<sent_body>(&fallback))
    body->error = std::move(std::get<conversion_error>(read).message);
  return fallback;
}

told_body tell_body(const sent_body& stored, std::optional<std::string_view> sent_transformation,
                    std::optional<std::string_view> asked) {
  if (stored.kind == body_kind::bytes) return {std::nullopt, owned(sent_transformation), true};
  if (!asked)
    asked = sent_transformation;
  else if (stored.kind == body_kind::map && is_known(asked)) {
    if (*asked == "jms-json") asked = "jms-map-json";
    if (*asked == "jms-xml") asked = "jms-map-xml";
    auto text = asked->ends_with("json") ? to_json(stored.map) : to_xml(stored.map);
    return {std::move(text), owned(asked), false};
  }
  if (stored.kind == body_kind::map) return {std::string(), owned(asked), false};
  return {std::nullopt, owned(asked), false};
}

}  // namespace mockbroker
