// Builds wire octets and runs the reader over every cut of them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "ws/message_reader.hpp"
#include "ws/writer.hpp"

namespace ws_test {

inline constexpr ws::mask_key key{0x12, 0x34, 0x56, 0x78};

// A masked frame, as a client sends it.
inline std::string masked(ws::opcode op, std::string_view payload, bool fin = true) {
  ws::write_options options;
  options.mask = key;
  options.fin = fin;
  std::string out;
  ws::write_frame(out, op, payload, options);
  return out;
}

// An unmasked frame, as a server sends it.
inline std::string plain(ws::opcode op, std::string_view payload, bool fin = true) {
  ws::write_options options;
  options.fin = fin;
  std::string out;
  ws::write_frame(out, op, payload, options);
  return out;
}

inline std::vector<ws::read_event> read(const std::vector<std::string_view>& pieces,
                                        const ws::reader_options& options) {
  ws::message_reader reader(options);
  std::vector<ws::read_event> all;
  for (std::string_view piece : pieces) {
    while (auto event = reader.next(piece)) all.push_back(std::move(*event));
    EXPECT_TRUE(piece.empty());
  }
  return all;
}

// The events of `input`; every cut into two pieces and single octets must give the same (W-FR-3).
inline std::vector<ws::read_event> read_every_way(std::string_view input,
                                                  const ws::reader_options& options = {}) {
  const auto whole = read({input}, options);
  std::vector<std::string_view> octets;
  for (std::size_t i = 0; i < input.size(); ++i) {
    EXPECT_TRUE(read({input.substr(0, i), input.substr(i)}, options) == whole) << "cut at " << i;
    octets.push_back(input.substr(i, 1));
  }
  EXPECT_TRUE(read(octets, options) == whole) << "octet by octet";
  return whole;
}

// The close code of the failure that `input` ends with; 0 when there is none.
inline int failure_code(std::string_view input, const ws::reader_options& options = {}) {
  const auto all = read_every_way(input, options);
  if (all.empty()) return 0;
  const auto* failure = std::get_if<ws::read_failure>(&all.back());
  return failure == nullptr ? 0 : static_cast<int>(failure->code);
}

}  // namespace ws_test
