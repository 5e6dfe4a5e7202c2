// Answers the requests of one client connection: finds the proxy, runs its flow, calls what it
// leads to, and hands a connection that switches protocols to the worker's tunnels. Owned by the
// connection's task, used on its worker's runtime; the worker outlives it.
#pragma once

#include <memory>
#include <string>

#include "gateway/app/worker.hpp"
#include "gateway/core/frames.hpp"

namespace gateway {

// What a 101 leaves for the tunnel behind it.
struct tunnel_parts {
  std::string_view protocol = "websocket";  // Membrane's word; all others are octets without frames
  std::string client_first{};               // goes to upstream in front of what the client sends
  std::unique_ptr<net::stream> upstream;
  std::string upstream_early;
  std::string server_name;
  std::uint64_t id = 0;
  std::shared_ptr<const running_config> config;
  const proxy* of = nullptr;  // in `config`
  const frame_elements* frames =
      nullptr;  // in `config`; null or empty: the octets pass as they are
  connection_facts facts{};
  std::shared_ptr<target_choice> choice{};  // whose connection the tunnel is; null: nobody counts
};

class client_connection final : public net::http_service {
 public:
  // The connection came in at listener `listener` of `config`, and has ended its TLS handshake.
  client_connection(worker& owner, std::shared_ptr<const running_config> config,
                    std::size_t listener, const net::stream& connection, std::uint64_t id);

  net::task<net::http_response> handle(net::http_request& request) override;
  // Runs the flow of the listener's <stompProxy> for the first frame of a client and connects to
  // the broker. A 101 whose on_upgrade takes the client's connection over, or what the flow says
  // instead. `command` is "CONNECT" or "STOMP"; the fields of `request` are the frame's.
  net::task<net::http_response> connect_stomp(net::http_request& request, std::string command);
  net::http_response refuse(const net::http_error& error) override;
  void set_busy(bool busy) override;

 private:
  class destination_caller;
  struct call_state {
    bool upgrade = false;
    net::http_answer upstream;  // holds the connection behind a 101
    std::string shown_address{};
    std::string client_first{};  // as in tunnel_parts
    // Of the first call of a target.
    net::time_point sent{};
    net::time_point answered{};
    bool called = false;
  };

  bool refresh();
  net::task<net::http_response> answer(exchange& ex, const proxy& found, bool upgrade);
  void record(exchange& ex, const proxy& found, const call_state& call, net::time_point began,
              bool good, const std::shared_ptr<std::uint64_t>& request_octets);
  net::task<outcome> pass(exchange& ex, const proxy& p, call_state& call, unsigned depth);
  net::task<outcome> go_on(exchange& ex, const proxy& p, call_state& call, unsigned depth);
  net::task<outcome> call_target(exchange& ex, const proxy& p, call_state& call);
  bool go_elsewhere(exchange& ex, const upstream_answer& got, bool repeatable);
  net::task<outcome> call_broker(exchange& ex, call_state& call);
  outcome failed(exchange& ex, const upstream_failure& why);
  std::shared_ptr<const net::tls_context> tls_for(const proxy& found) const;
  void switch_protocols(exchange& ex, const proxy& found, call_state call);

  worker& owner_;
  std::shared_ptr<const running_config> config_;
  std::size_t listener_;
  connection_facts facts_;
};

}  // namespace gateway
