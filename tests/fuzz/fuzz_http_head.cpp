// HTTP messages as requests and as responses: the result must not depend on how the octets are cut,
// and nothing may be kept beyond the limits.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "net/http_parser.hpp"

namespace {

struct outcome {
  bool ok = true;
  bool done = false;
  int status = 0;
  std::string body;
  friend bool operator==(const outcome&, const outcome&) = default;
};

outcome parse(net::http_parser::kind kind, std::string_view text, std::size_t piece) {
  net::http_parser parser(kind, {});
  outcome out;
  std::string input;
  while (!text.empty() && out.ok) {
    input += text.substr(0, piece);
    text.remove_prefix(std::min(piece, text.size()));
    while (out.ok && !input.empty() && !parser.done()) {
      const std::size_t before = input.size();
      out.ok = parser.consume(input);
      out.body += parser.body();
      if (parser.body().size() > 256 * 1024) std::abort();
      if (input.size() == before) break;
    }
  }
  out.done = parser.done();
  out.status = parser.error().status;
  // How much of a body was seen before an error may depend on the cuts.
  if (!out.ok) out.body.clear();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto kind : {net::http_parser::kind::request, net::http_parser::kind::response}) {
    const outcome whole = parse(kind, text, size + 1);
    if (parse(kind, text, 1) != whole || parse(kind, text, 7) != whole) std::abort();
  }
  return 0;
}
