// The STOMP decoder under arbitrary octets. The first octet chooses version and dialect, the second
// how the rest is cut. Properties: the cut changes nothing; memory stays inside the limits; a
// frame that can be written is read back equal.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stomp/parser.hpp"
#include "stomp/serializer.hpp"

namespace {

using events = std::vector<stomp::parse_event>;

constexpr stomp::limits small{.command = 64, .header_line = 256, .headers = 16, .body = 4096};
// 16 headers of 256 octets with their bookkeeping, the body, and slack for std::string's growth.
constexpr std::size_t memory_bound = 16 * 1024;

void require(bool condition) {
  if (!condition) std::abort();
}

struct setup {
  stomp::dialect rules;
  std::optional<stomp::version> v;
};

setup choose(std::uint8_t selector) {
  setup s;
  s.rules = (selector & 4U) != 0 ? stomp::lenient() : stomp::strict();
  s.rules.limit = small;
  constexpr stomp::version versions[] = {stomp::version::v1_0, stomp::version::v1_1,
                                         stomp::version::v1_2};
  if ((selector & 3U) != 3) s.v = versions[selector & 3U];
  return s;
}

events parse(std::string_view input, std::size_t step, const setup& s) {
  stomp::parser parser(s.rules);
  if (s.v) parser.set_version(*s.v);
  events all;
  while (!input.empty()) {
    std::string_view piece = input.substr(0, step);
    input.remove_prefix(piece.size());
    while (auto event = parser.next(piece)) all.push_back(std::move(*event));
    require(piece.empty());
    require(parser.buffered() <= memory_bound);
  }
  return all;
}

void check_round_trip(const stomp::frame& f, setup s) {
  std::string bytes;
  const stomp::version v = s.v.value_or(stomp::version::v1_0);
  if (stomp::serialize(f, {v, stomp::length_policy::when_needed}, bytes)) return;
  s.rules.limit = stomp::limits{};  // escaping may make a line longer than it came in
  const events again = parse(bytes, bytes.size(), s);
  require(again.size() == 1);
  const auto* copy = std::get_if<stomp::frame>(&again.front());
  require(copy != nullptr && *copy == f);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const setup s = choose(data[0]);
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  const events whole = parse(input, input.size() + 1, s);
  require(parse(input, 1, s) == whole);
  require(parse(input, data[1] + 2U, s) == whole);
  for (const auto& event : whole) {
    if (const auto* f = std::get_if<stomp::frame>(&event)) check_round_trip(*f, s);
    if (const auto* error = std::get_if<stomp::failure>(&event)) require(error->text.size() < 512);
  }
  return 0;
}
