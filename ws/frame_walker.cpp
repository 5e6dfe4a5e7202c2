#include "ws/frame_walker.hpp"

#include <algorithm>

namespace ws {

void frame_walker::feed(std::string_view part) noexcept {
  while (!part.empty() && !opaque_) {
    if (remaining_ != 0) {
      const auto skip = std::min<std::uint64_t>(remaining_, part.size());
      part.remove_prefix(static_cast<std::size_t>(skip));
      remaining_ -= skip;
      continue;
    }
    if (!decoder_.feed(part)) return;
    decoder_.reset();
    const frame_header& h = decoder_.header();
    fault_ = decoder_.fault();
    if (fault_ != header_fault::none || h.masked != masked_) {
      opaque_ = true;
      return;
    }
    ++frames_;
    last_ = h.op;
    remaining_ = h.length;
    if (h.op == opcode::close) close_seen_ = true;
  }
}

}  // namespace ws
