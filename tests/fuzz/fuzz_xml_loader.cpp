// Any text either loads or gives errors with a place; never both, never a
// crash, never a secret.
#include <array>
#include <cstdint>
#include <cstdlib>

#include "gateway/config/config.hpp"

namespace {

using namespace gateway;

void check(bool holds) {
  if (!holds) std::abort();
}

std::size_t count(const std::string& text, std::string_view word) {
  std::size_t n = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
  return n;
}

class nothing final : public sync_element {
 public:
  outcome request_now(exchange&) const override { return outcome::proceed; }
  outcome response_now(exchange&) const override { return outcome::proceed; }
};

// Uses every service of the loader, so that the fuzzer gets through to all of
// them.
std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  if (const attribute_value* url = node.find("url")) (void)context.resolve_url(node, *url);
  (void)context.url_template(node, "where");
  if (node.find("docBase")) (void)context.resolve_path(node.value("docBase"));
  if (const attribute_value* label = node.find("label"); label && label->text == "bad")
    context.error(node, *label, 1, "is bad");
  if (const attribute_value* id = node.find("refid")) return context.make_reference(node, *id);
  (void)context.make_flow(node);
  return std::make_unique<nothing>();
}

// One element with every type of attribute; the built-in ones live above
// gateway/config.
const element_descriptor any{
    .name = "webSocket",
    .doc = "For fuzzing.",
    .attributes =
        {{.name = "url", .type = attribute_type::url, .doc = "d"},
         {.name = "where", .type = attribute_type::url_template, .doc = "d"},
         {.name = "docBase", .type = attribute_type::path, .doc = "d"},
         {.name = "test", .type = attribute_type::expression, .doc = "d"},
         {.name = "pattern", .type = attribute_type::regex, .doc = "d"},
         {.name = "level", .type = attribute_type::choice, .doc = "d", .choices = {"INFO", "WARN"}},
         {.name = "refid", .doc = "d"},
         {.name = "label", .doc = "d", .aliases = {"name"}},
         {.name = "password", .doc = "d", .secret = true},
         {.name = "body", .type = attribute_type::boolean, .doc = "d"}},
    .children = {{}},
    .make = make,
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::array<const element_descriptor*, 1> elements = {&any};
  const std::string text(data, data + size);
  load_options options;
  options.folder = "/conf";
  options.environment = [](std::string_view name) -> std::optional<std::string> {
    if (name.size() % 2 == 0) return std::nullopt;
    return std::string(name);
  };
  options.ports = {{80, 8080}, {61614, 1}};
  const auto result = load_config(text, elements, options);
  check((result.value == nullptr) == !result.errors.empty());
  // Mutation may tear a secret from its name; what still has one must stay
  // hidden.
  const bool marked = count(text, "hunter2") == count(text, "password=\"hunter2\"");
  for (const std::string& e : result.errors) {
    check(e.rfind("proxies.xml:", 0) == 0);
    check(!marked || e.find("hunter2") == std::string::npos);
  }
  if (!result.value) return 0;
  for (const listener_settings& l : result.value->listeners)
    (void)match(*result.value, {l.port, "127.0.0.1", "localhost:80", "GET", "/./a?b"});
  return 0;
}
