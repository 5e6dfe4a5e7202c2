// The reader of ClientHellos under arbitrary octets. The first octet says how the rest is cut.
// Properties: the cut changes nothing; nothing is kept beyond the bound; a name is one of DNS.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/core/client_hello.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

std::string read(std::string_view input, std::size_t step) {
  gateway::client_hello_reader reader;
  while (!input.empty()) {
    const auto piece = input.substr(0, step);
    input.remove_prefix(piece.size());
    const auto answer = reader.feed(piece);
    require(reader.octets().size() <= gateway::client_hello_reader::max_octets + piece.size());
    if (!answer) continue;
    if (const auto* name = std::get_if<std::string>(&*answer)) {
      require(name->size() <= 253);
      for (const char c : *name) require(c > ' ' && c < 0x7f && !(c >= 'A' && c <= 'Z'));
      return "name " + *name;
    }
    const auto& why = std::get<gateway::client_hello_reader::refusal>(*answer);
    require(!why.text.empty() && gateway::alert_record(why.alert).size() == 7);
    return why.text;
  }
  return "more";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = read(input, input.size());
  require(read(input, 1) == whole);
  require(read(input, data[0] + 2U) == whole);
  return 0;
}
