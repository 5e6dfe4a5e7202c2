// The first frame of a STOMP client under arbitrary octets. The first octet says how the rest is
// cut. Properties: the cut changes nothing; a frame that was taken is written as one frame that is
// read the same; a refusal can be told in an ERROR frame.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/core/stomp_login.hpp"

namespace {

using gateway::stomp_login_reader;

void require(bool condition) {
  if (!condition) std::abort();
}

struct outcome {
  std::optional<stomp_login_reader::answer> answer;
  std::size_t behind = 0;  // octets after the frame
  friend bool operator==(const outcome&, const outcome&) = default;
};

outcome read(std::string_view input, std::size_t step) {
  stomp_login_reader reader;
  while (!input.empty()) {
    std::string_view piece = input.substr(0, step);
    input.remove_prefix(piece.size());
    auto answer = reader.feed(piece);
    if (!answer) {
      require(piece.empty());
      continue;
    }
    const bool frame = std::holds_alternative<stomp::frame>(*answer);
    return {std::move(answer), frame ? piece.size() + input.size() : 0};
  }
  return {};
}

void check_frame(const stomp::frame& frame) {
  net::header_list fields;
  for (const stomp::header& h : frame.headers) fields.add(h.name, h.value);
  const auto written = gateway::stomp_login_frame(frame.command, fields);
  const auto* octets = std::get_if<std::string>(&written);
  if (!octets) return;
  const outcome again = read(*octets, octets->size());
  require(again.answer && again.behind == 0);
  const auto* same = std::get_if<stomp::frame>(&*again.answer);
  require(same != nullptr && same->command == frame.command);
  for (const stomp::header& h : same->headers) require(frame.get(h.name) == h.value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const outcome whole = read(input, input.size());
  require(read(input, 1) == whole);
  require(read(input, data[0] + 2U) == whole);
  if (!whole.answer) return 0;
  if (const auto* frame = std::get_if<stomp::frame>(&*whole.answer)) {
    check_frame(*frame);
  } else {
    const std::string error = gateway::stomp_error_frame(
        {400, "t", {}, std::get<stomp_login_reader::refusal>(*whole.answer).text}, nullptr);
    require(error.starts_with("ERROR\n") && error.ends_with('\0'));
  }
  return 0;
}
