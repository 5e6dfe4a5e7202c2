// Chunked bodies behind heads that are right: the decoded octets do not depend on how the input is
// cut, never exceed it, and what is not at its end is never taken for complete.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "net/http_parser.hpp"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

struct decoded {
  bool ok = true;
  bool done = false;
  std::string body;
  std::size_t left = 0;  // octets behind the message
  friend bool operator==(const decoded&, const decoded&) = default;
};

decoded decode(net::http_parser::kind kind, std::string_view head, std::string_view octets,
               std::size_t piece) {
  net::http_parser parser(kind, {});
  std::string input(head);
  check(parser.consume(input) && parser.has_head() && parser.chunked());
  decoded out;
  while (!octets.empty() && out.ok && !parser.done()) {
    input += octets.substr(0, piece);
    octets.remove_prefix(std::min(piece, octets.size()));
    while (out.ok && !input.empty() && !parser.done()) {
      const std::size_t before = input.size();
      out.ok = parser.consume(input);
      if (out.ok) out.body += parser.body();
      if (input.size() == before) break;
    }
  }
  out.done = parser.done();
  out.left = out.done ? input.size() + octets.size() : 0;
  // How much was seen before an error may depend on the cuts.
  if (!out.ok) out.body.clear();
  check(out.done || !parser.finish());
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using kind = net::http_parser::kind;
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  const std::string_view heads[] = {
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"};
  for (const auto what : {kind::request, kind::response}) {
    const std::string_view head = heads[what == kind::request ? 0 : 1];
    const decoded whole = decode(what, head, octets, size + 1);
    check(whole.body.size() <= size);
    check(decode(what, head, octets, 1) == whole);
    check(decode(what, head, octets, 3) == whole);
  }
  return 0;
}
