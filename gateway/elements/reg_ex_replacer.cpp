// <regExReplacer>: replaces what a pattern fits, in bodies or in the values of header fields.
#include <memory>

#include "gateway/core/descriptor.hpp"
#include "gateway/core/problem.hpp"
#include "gateway/core/replacement.hpp"
#include "gateway/core/script.hpp"
#include "gateway/elements/attributes.hpp"
#include "gateway/elements/media_types.hpp"
#include "gateway/elements/message_element.hpp"

namespace gateway {

namespace {

constexpr std::size_t longest_body = script_limits::body;
// Octets that are read in one body, counted again for each replacement in a line.
constexpr std::size_t body_budget = 4 * longest_body;
constexpr std::size_t header_budget = 128 * 1024;
// Work for longer ones would hold others up.
constexpr std::size_t at_once = 4 * 1024;

[[noreturn]] void fail(exchange& ex, const std::string& why) {
  ++ex.world.count.replacing_refused;
  throw std::runtime_error("<regExReplacer>: " + why);
}

constexpr std::string_view too_much_work = "replacing takes too long: long lines with many places";

// The values of all fields but those that frame.
class header_replacer final : public message_element {
 public:
  explicit header_replacer(replacement how) : how_(std::move(how)) {}

 private:
  void change(const current_message& m) const override {
    for (net::header_field& f : m.headers.fields()) {
      if (is_framing(f.name)) continue;
      auto changed = how_.apply(f.value, header_budget);
      if (!changed) fail(m.ex, std::string(too_much_work));
      if (changed->count > 0) f.value = std::move(changed->text);
    }
  }

  replacement how_;
};

class body_replacer final : public element {
 public:
  explicit body_replacer(replacement how)
      : how_(std::make_shared<const replacement>(std::move(how))) {}

  net::task<outcome> on_request(exchange& ex) const override {
    auto changing = change({ex, flow_direction::request, ex.request.headers, ex.request.body});
    const bool done = co_await changing;
    if (done) co_return outcome::proceed;
    ++ex.world.count.replacing_refused;
    ex.response = problem_response(failure::body_too_large, ex.request,
                                   "A body of at most 1 MiB can be changed.");
    co_return outcome::abort;
  }
  net::task<outcome> on_response(exchange& ex) const override {
    if (!ex.response) co_return outcome::proceed;
    auto changing = change({ex, flow_direction::response, ex.response->headers, ex.response->body});
    const bool done = co_await changing;
    if (!done) fail(ex, "the answer's body is longer than 1 MiB");
    co_return outcome::proceed;
  }

 private:
  // False when the body is too long.
  net::task<bool> change(current_message m) const {
    if (!m.body || !is_replaceable(m)) co_return true;
    auto reading = net::read_all(m.body.get(), longest_body);
    auto text = co_await reading;
    if (!text && text.error() == net::errc::too_large) co_return false;
    if (!text) throw std::runtime_error("<regExReplacer>: " + text.error().message());
    // What runs elsewhere owns what it touches.
    auto work = std::make_shared<job>();
    work->how = how_;
    work->text = std::move(*text);
    if (work->text.size() <= at_once) {
      work->run();
    } else {
      auto running = m.ex.world.runtime.offload([work] { work->run(); });
      co_await running;
    }
    if (!work->result) fail(m.ex, std::string(too_much_work));
    const bool changed = work->result->count > 0;
    m.body = net::make_string_body(changed ? std::move(work->result->text) : std::move(work->text));
    co_return true;
  }

  struct job {
    std::shared_ptr<const replacement> how;
    std::string text;
    std::optional<replacement::outcome> result;
    void run() { result = how->apply(text, body_budget); }
  };

  // Texts. What is compressed or never ends is none that can be changed.
  static bool is_replaceable(const current_message& m) {
    const auto type = m.headers.get("Content-Type");
    if (type && !is_text_type(*type)) return false;
    const bool endless =
        type && net::iequals(type->substr(0, type->find(';')), "text/event-stream");
    if (!endless && !m.headers.contains("Content-Encoding")) return true;
    m.ex.world.log.write(net::log_level::warning, "regExReplacer",
                         "#" + std::to_string(m.ex.connection.id) +
                             (endless ? " an event stream" : " a compressed body") +
                             " goes on unchanged");
    return false;
  }

  std::shared_ptr<const replacement> how_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  const std::string& by = node.value("replace");
  auto compiled = replacement::compile(node.value("regex"), by);
  if (const auto* wrong = std::get_if<replacement::error>(&compiled)) {
    context.error(node, *node.find(wrong->in_pattern ? "regex" : "replace"), wrong->what.offset,
                  wrong->what.message);
    return nullptr;
  }
  auto how = std::get<replacement>(std::move(compiled));
  if (net::iequals(node.value("target"), "body"))
    return std::make_unique<body_replacer>(std::move(how));
  check_field_text(node, "replace", context);
  return std::make_unique<header_replacer>(std::move(how));
}

}  // namespace

const element_descriptor& reg_ex_replacer_element() {
  static const element_descriptor d{
      .name = "regExReplacer",
      .doc =
          "Replaces all that a pattern fits in the current message. Bodies are texts of at most 1 "
          "MiB "
          "and are read before they go on; compressed ones and event streams pass unchanged, with "
          "a "
          "line in the log.",
      .example = R"(<response>
  <regExReplacer regex="http://internal:\d+/" replace="https://shop.example.com/"/>
</response>)",
      .attributes = {{.name = "regex",
                      .type = attribute_type::regex,
                      .doc = "The pattern, applied to each line: ^ and $ are its ends.",
                      .required = true},
                     {.name = "replace",
                      .doc = "What takes its place; $1 to $9 are groups of the pattern, \\$ is a "
                             "dollar sign. What fits is taken away when it is not written."},
                     {.name = "target",
                      .type = attribute_type::choice,
                      .doc = "Where: in the body, or in the values of all header fields but those "
                             "that frame the message.",
                      .default_value = "body",
                      .choices = {"body", "header"}}},
      .make = make,
  };
  return d;
}

}  // namespace gateway
