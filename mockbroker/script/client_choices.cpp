#include "mockbroker/script/client_choices.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace mockbroker {

namespace ladder = harness::ladder;
using std::string_view;
using pattern_kind = ladder::pattern::kind;

namespace {

constexpr std::array<string_view, 4> own_headers{"accept-version", "host", "heart-beat",
                                                 "content-length"};
constexpr std::size_t most_names = 10000;

// What a header names: the place of the name in names_. Empty: nothing that a client names.
string_view named_by(string_view command, string_view header) {
  if (header == "receipt" || header == "receipt-id") return "receipt";
  if (header == "transaction") return "transaction";
  if (header == "subscription") return "id";
  const bool is_id = header == "id" && (command == "SUBSCRIBE" || command == "UNSUBSCRIBE");
  return is_id ? "id" : "";
}

// Whether the frame is where the name is given.
bool gives_name(string_view command, string_view header) {
  return header == "receipt" || (command == "SUBSCRIBE" && header == "id") ||
         (command == "BEGIN" && header == "transaction");
}

ladder::value text_value(std::string text) {
  ladder::segment one;
  one.parts.push_back({ladder::part::kind::text, std::move(text), 0});
  return {{std::move(one)}};
}

}  // namespace

bool names(const ladder::expect_step& e, string_view header) {
  return std::any_of(e.headers.begin(), e.headers.end(),
                     [header](const ladder::pattern& p) { return p.name == header; });
}

void client_choices::adapt(ladder::expect_step& wanted, const ladder::wire_frame& got,
                           const ladder::scope& in) {
  // A pattern that need not hold for this frame.
  const auto is_own = [&](ladder::pattern& p) {
    if (p.what == pattern_kind::regex) return false;
    if (std::find(own_headers.begin(), own_headers.end(), p.name) != own_headers.end()) return true;
    if (p.what != pattern_kind::equal) return false;
    std::string problem;
    const auto text = ladder::render(p.text, in, problem);
    const auto* is = got.find(p.name);
    if (p.name == "ack" && text == "auto" && !is) return true;  // what STOMP takes it for
    const std::pair key(std::string(named_by(got.command, p.name)), text);
    if (key.first.empty() || !problem.empty()) return false;
    if (gives_name(got.command, p.name)) {
      if (!is && key.first != "receipt") return false;
      if (names_.size() < most_names) names_[key] = is ? ladder::unescaped(*is) : std::string();
      return true;
    }
    if (const auto known = names_.find(key); known != names_.end()) {
      p.text = text_value(known->second);
    }
    return false;
  };
  std::erase_if(wanted.headers, is_own);
}

bool client_choices::adapt_answer(ladder::expect_step& said, const ladder::scope& in) const {
  bool is_asked_for = true;
  std::erase_if(said.headers, [&](ladder::pattern& p) {
    std::string problem;
    const auto text = p.what == pattern_kind::equal ? ladder::render(p.text, in, problem) : "";
    const auto known = names_.find(std::pair(std::string(named_by(said.command, p.name)), text));
    if (p.what != pattern_kind::equal || !problem.empty() || known == names_.end()) return false;
    p.text = text_value(known->second);
    if (!known->second.empty()) return false;
    is_asked_for = said.command != "RECEIPT";
    return true;
  });
  return is_asked_for;
}

void client_choices::has_left_out(const ladder::expect_step& wanted, const ladder::scope& in) {
  ladder::wire_frame nothing;
  nothing.command = wanted.command;
  auto copy = wanted;
  adapt(copy, nothing, in);
}

}  // namespace mockbroker
