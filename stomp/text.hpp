// Small helpers for octets that came from a peer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace stomp {

// Whether `text` is well-formed UTF-8: no surrogates, no overlong forms, nothing above U+10FFFF
// (S-UTF8-1; Unicode table 3-7).
bool is_utf8(std::string_view text) noexcept;

// Without spaces and tabs (and a CR left by a lenient reader) at both ends.
std::string_view trim(std::string_view text) noexcept;

// A whole text as a number, as Java's parseInt and parseLong read it: a sign or none, decimal
// digits, nothing else. Nothing when it is none or does not fit.
std::optional<std::int32_t> parse_int32(std::string_view text) noexcept;
std::optional<std::int64_t> parse_int64(std::string_view text) noexcept;

// `text` between double quotes for people: at most `limit` octets of it, everything that is not
// printable ASCII as \xNN, a '\' as well, '"' behind a '\', "..." when cut. Safe for logs and
// pages.
std::string quote_peer_text(std::string_view text, std::size_t limit = 64);

// The candidate that `name` most likely means, or empty when none is near (a third of its letters
// may differ, at most 3; case counts half, and nothing when only case differs).
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> candidates);

// "; did you mean 'url'?" or empty.
std::string suggestion(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace stomp
