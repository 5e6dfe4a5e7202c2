// The WebSocket reader and the frame walker under arbitrary octets. The first octet chooses the
// role, the second how the rest is cut. Properties: the cut changes nothing; memory stays inside
// the limits; a message is read back equal after writing; reader and walker agree on boundaries.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "ws/frame_walker.hpp"
#include "ws/message_reader.hpp"
#include "ws/utf8.hpp"
#include "ws/writer.hpp"

namespace {

using events = std::vector<ws::read_event>;

void require(bool condition) {
  if (!condition) std::abort();
}

struct outcome {
  events all;
  bool at_boundary = false;
  bool ended = false;  // failed or closed: the reader looks no further
};

outcome read(std::string_view input, std::size_t step, const ws::reader_options& options) {
  ws::message_reader reader(options);
  outcome result;
  while (!input.empty()) {
    std::string_view piece = input.substr(0, step);
    input.remove_prefix(piece.size());
    while (auto event = reader.next(piece)) result.all.push_back(std::move(*event));
    require(piece.empty());
    require(reader.buffered() <= options.max_message + 125);
  }
  result.at_boundary = reader.at_frame_boundary();
  result.ended = reader.failed() || reader.close_seen();
  return result;
}

void check_walker(std::string_view input, std::size_t step, const outcome& seen, ws::role self) {
  const auto way = self == ws::role::server ? ws::frame_walker::flow::client_to_server
                                            : ws::frame_walker::flow::server_to_client;
  ws::frame_walker whole(way);
  whole.feed(input);
  ws::frame_walker cut(way);
  for (std::string_view rest = input; !rest.empty();) {
    const std::string_view piece = rest.substr(0, step);
    rest.remove_prefix(piece.size());
    cut.feed(piece);
  }
  require(whole.at_boundary() == cut.at_boundary() && whole.frames() == cut.frames());
  require(whole.opaque() == cut.opaque() && whole.close_seen() == cut.close_seen());
  if (!seen.ended) require(!whole.opaque() && whole.at_boundary() == seen.at_boundary);
}

void check_round_trip(const ws::message& m, const ws::reader_options& options) {
  if (m.op == ws::opcode::text) require(ws::is_utf8(m.payload));
  ws::write_options how;
  if (options.self == ws::role::server) how.mask = ws::mask_key{1, 2, 3, 4};
  std::string bytes;
  ws::write_frame(bytes, m.op, m.payload, how);
  ws::reader_options roomy = options;
  roomy.max_frame = options.max_message;
  require(read(bytes, bytes.size(), roomy).all == events{m});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  ws::reader_options options;
  options.self = (data[0] & 1U) != 0 ? ws::role::client : ws::role::server;
  options.max_frame = 2048;
  options.max_message = 4096;
  options.max_fragments = 8;
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  const outcome whole = read(input, input.size() + 1, options);
  require(read(input, 1, options).all == whole.all);
  const std::size_t step = data[1] + 2U;
  require(read(input, step, options).all == whole.all);
  check_walker(input, step, whole, options.self);
  for (const auto& event : whole.all) {
    if (const auto* m = std::get_if<ws::message>(&event)) check_round_trip(*m, options);
  }
  return 0;
}
