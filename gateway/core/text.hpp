// Small text helpers for messages that people read.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "stomp/text.hpp"

namespace gateway {

// Peer text made harmless: at most `limit` characters, control characters and octets that are not
// UTF-8 as \xNN, "..." where it was cut. Every peer-supplied text in an error or log goes through.
std::string printable(std::string_view peer_text, std::size_t limit = 200);

// For names in messages.
using stomp::nearest_name;
using stomp::suggestion;

// Length of the valid UTF-8 sequence that `text` begins with, 0 when there is none (RFC 3629).
std::size_t utf8_sequence(std::string_view text) noexcept;

}  // namespace gateway
