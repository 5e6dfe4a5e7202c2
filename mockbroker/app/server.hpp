// The broker's shell: STOMP over TCP and over WebSocket, on one runtime. It owns the connections,
// drives mockbroker::broker with octets and time, and carries out its effects.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mockbroker/broker/broker.hpp"
#include "mockbroker/transformations/map_parser.hpp"
#include "net/http_server.hpp"
#include "net/log.hpp"
#include "net/runtime.hpp"
#include "net/tls.hpp"

namespace mockbroker {

struct server_options {
  broker_options broker;
  net::http_server_options http;
  std::size_t output_limit = 1024 * 1024;  // octets queued for one connection; then it is full
  net::duration close_wait = std::chrono::seconds(2);  // for the peer's side of a close
  net::duration tls_handshake = std::chrono::seconds(10);
  std::size_t max_connections = 10000;
};

class server final : public output {
 public:
  server(net::runtime& rt, net::log_sink& log, server_options options);
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  ~server() override;

  // Serves what `from` accepts until the server ends.
  void serve_stomp(std::unique_ptr<net::listener> from);
  // WebSocket; with `tls` it is wss.
  void serve_websocket(std::unique_ptr<net::listener> from,
                       std::shared_ptr<const net::tls_context> tls);
  // Plain HTTP answered by `service`, which outlives the server.
  void serve_http(std::unique_ptr<net::listener> from, net::http_service& service);

  // Stops accepting, ends every connection (WebSocket 1001), waits at most `limit`.
  net::task<void> stop(net::duration limit);

  class broker& broker() noexcept {
    return broker_;
  }
  net::runtime& runtime() noexcept { return rt_; }
  std::size_t connections() const noexcept { return links_.size(); }

  // mockbroker::output
  bool send(connection_id id, std::string bytes, stomp::payload kind) override;
  void close(connection_id id, const stomp::failure& why) override;
  void wake_at(connection_id id, stomp::time_point when) override;
  void sweep_at(stomp::time_point when) override;
  void memory_freed() override;

 private:
  class link;
  class stream_link;
  class websocket_link;
  class websocket_service;
  using handler = net::task<void> (server::*)(std::unique_ptr<net::stream>);

  net::task<void> accept_loop(std::unique_ptr<net::listener> from, handler serve,
                              std::shared_ptr<const net::tls_context> tls,
                              net::http_service* service);
  net::task<void> run_stream(std::unique_ptr<net::stream> connection);
  net::task<void> run_websocket(std::unique_ptr<net::stream> connection, std::string early,
                                std::string subprotocol);
  net::task<void> read_messages(websocket_link& of);
  net::task<void> answer_http(std::unique_ptr<net::stream> connection,
                              std::shared_ptr<const net::tls_context> tls,
                              net::http_service* service);

  net::runtime& rt_;
  net::log_sink& log_;
  server_options options_;
  map_parser maps_;  // before the broker, which reads with it
  class broker broker_;
  std::map<connection_id, link*> links_;
  std::unique_ptr<websocket_service> upgrades_;
  std::unique_ptr<net::timer> sweep_;
  bool stopping_ = false;
  net::task_group acceptors_;
  net::task_group connections_;
};

}  // namespace mockbroker
