// Small text helpers for messages that people read.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace gateway {

// Peer text made harmless: at most `limit` characters, control characters and octets that are not
// UTF-8 as \xNN, "..." where it was cut. Every peer-supplied text in an error or log goes through.
std::string printable(std::string_view peer_text, std::size_t limit = 200);

// The candidate that `name` most likely means, or empty when none is near (a third of its letters
// may differ, at most 3; case counts half).
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> candidates);

// "; did you mean 'url'?" or empty.
std::string suggestion(std::string_view name, std::span<const std::string_view> candidates);

// Length of the valid UTF-8 sequence that `text` begins with, 0 when there is none (RFC 3629).
std::size_t utf8_sequence(std::string_view text) noexcept;

}  // namespace gateway
