// <correlationId>: one name for an exchange in the logs of everybody who takes part.
#include <algorithm>
#include <array>
#include <cstdio>

#include "gateway/elements/attributes.hpp"
#include "net/http_fields.hpp"

namespace gateway {

namespace {

constexpr std::size_t longest_id = 128;

// Ids go into logs and header fields of others: letters, digits and what ids are made of.
bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= longest_id &&
         text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
             "-._~+/=:@") == text.npos;
}

// Random (RFC 9562 5.4).
std::string make_uuid(net::runtime& rt) {
  const std::uint64_t high = (rt.random() & ~0xF000ULL) | 0x4000ULL;
  const std::uint64_t low = (rt.random() >> 2) | (1ULL << 63);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%08x-%04x-%04x-%04x-%012llx",
                static_cast<unsigned>(high >> 32), static_cast<unsigned>(high >> 16) & 0xFFFFU,
                static_cast<unsigned>(high) & 0xFFFFU, static_cast<unsigned>(low >> 48),
                static_cast<unsigned long long>(low & 0xFFFFFFFFFFFFULL));
  return text.data();
}

class correlation_id final : public sync_element {
 public:
  correlation_id(std::string header, std::string property)
      : header_(std::move(header)), property_(std::move(property)) {}

  outcome request_now(exchange& ex) const override {
    const auto given = ex.request.headers.joined(header_);
    const std::string id = given && is_id(*given) ? *given : make_uuid(ex.world.runtime);
    ex.request.headers.set(header_, id);
    const auto wrong = put_property(ex, property_, id);
    if (!wrong.empty()) throw std::runtime_error("<correlationId>: " + std::string(wrong));
    return outcome::proceed;
  }
  outcome response_now(exchange& ex) const override {
    answer(ex);
    return outcome::proceed;
  }
  void abort_now(exchange& ex) const override { answer(ex); }

 private:
  void answer(exchange& ex) const {
    if (!ex.response || ex.response->headers.contains(header_)) return;
    const auto found = ex.properties.find(property_);
    if (found == ex.properties.end()) return;
    if (const auto* id = std::get_if<std::string>(&found->second); id && is_id(*id))
      ex.response->headers.set(header_, *id);
  }

  std::string header_;
  std::string property_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  const attribute_value& header = *node.find("header");
  check_field_name(node, header, context);
  if (const attribute_value& field = *node.find("logField"); field.text.empty())
    context.error(node, field, 0, "must not be empty");
  return std::make_unique<correlation_id>(header.text, node.value("logField"));
}

}  // namespace

const element_descriptor& correlation_id_element() {
  static const element_descriptor d{
      .name = "correlationId",
      .doc =
          "Gives each exchange an id that all logs can have: the one in the request's header "
          "field, "
          "else a random one. It goes on to the target and back to the client.",
      .example = R"(<correlationId/>
<log message="${properties.correlationId} ${method} ${path}"/>)",
      .attributes = {{.name = "header",
                      .doc = "The header field. A value of more than 128 characters, or of others "
                             "than ids are made of, is replaced.",
                      .default_value = "X-Correlation-Id"},
                     {.name = "logField",
                      .doc = "The property that has the id, for <log message> and <accessLog>.",
                      .default_value = "correlationId"}},
      .make = make,
  };
  return d;
}

}  // namespace gateway
