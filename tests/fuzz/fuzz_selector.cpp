// Any text either compiles and gives the same answer twice, or an error whose column lies in it.
// The first line is the value of every property, the rest is the selector.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "mockbroker/broker/selector.hpp"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

class properties final : public mockbroker::property_source {
 public:
  explicit properties(std::string_view value) : value_(value) {}
  mockbroker::selector_value get(std::string_view name) const override {
    switch (name.size() % 7) {
      case 0:
        return {};
      case 1:
      case 2:
        return value_;
      case 3:
        return std::int32_t{7};
      case 4:
        return std::int64_t{1} << 40;
      case 5:
        return 1.5;
      default:
        return true;
    }
  }

 private:
  std::string_view value_;
};

void run(std::string_view text, const properties& given, bool convert) {
  using mockbroker::selector;
  using mockbroker::selector_truth;
  const auto compiled = selector::compile(text, convert);
  if (const auto* error = std::get_if<mockbroker::selector_error>(&compiled)) {
    check(error->column >= 1 && error->column <= text.size() + 1 && !error->message.empty());
    return;
  }
  const auto& s = std::get<selector>(compiled);
  const selector_truth truth = s.evaluate(given);
  check(truth == s.evaluate(given));
  check(truth == selector_truth::failed || s.matches(given) == (truth == selector_truth::yes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(input.find('\n'), size);
  const properties given(input.substr(0, line));
  const std::string_view text = input.substr(std::min(line + 1, size));
  for (const bool convert : {true, false}) run(text, given, convert);
  return 0;
}
