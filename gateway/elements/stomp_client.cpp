// <stompClient>: the broker that a <stompProxy> leads to.
#include "gateway/core/descriptor.hpp"
#include "gateway/core/problem.hpp"

namespace gateway {

namespace {

class stomp_client final : public sync_element {
 public:
  explicit stomp_client(broker_settings broker) : broker_(std::move(broker)) {}
  outcome request_now(exchange& ex) const override {
    // The loader refuses it in other proxies, but not what an <interceptor> refers to.
    if (ex.stomp_command.empty()) {
      ex.response = problem_response(failure::element_failed, ex.request,
                                     "A <stompClient> serves clients of a <stompProxy> only.");
      return outcome::abort;
    }
    ex.broker = &broker_;
    return outcome::proceed;
  }
  outcome response_now(exchange& /*ex*/) const override { return outcome::proceed; }

 private:
  broker_settings broker_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  broker_settings broker;
  const auto host = parse_host(node.value("host"));
  if (!host) context.error(node, *node.find("host"), 0, "must be a name or address alone");
  broker.to.host = host.value_or("");
  broker.to.port = mapped_port(context.ports(), broker.to.host,
                               static_cast<std::uint16_t>(node.integer("port")));
  if (const element_node* ssl = node.child("ssl")) {
    broker.tls = context.client_tls(*ssl);
    broker.to.tls = true;
  }
  if (const element_node* connection = node.child("connection"))
    broker.connect = std::chrono::milliseconds(connection->integer("timeout"));
  return std::make_unique<stomp_client>(std::move(broker));
}

}  // namespace

const element_descriptor& stomp_client_element() {
  static const element_descriptor d{
      .name = "stompClient",
      .doc =
          "Where the clients of a <stompProxy> are connected to, once its other elements let "
          "them through. Of <connection> the timeout counts.",
      .example = R"(<stompClient host="localhost" port="61613"/>)",
      .attributes = {{.name = "host", .doc = "Name or address of the broker.", .required = true},
                     {.name = "port",
                      .type = attribute_type::integer,
                      .doc = "Its port.",
                      .default_value = "61613",
                      .min = 1,
                      .max = 65535}},
      .children = {{.names = {"connection"}, .max = 1}, {.names = {"ssl"}, .max = 1}},
      .make = make,
  };
  return d;
}

}  // namespace gateway
