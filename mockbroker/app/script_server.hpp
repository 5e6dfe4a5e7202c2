// The shell around a script: STOMP over TCP and over WebSocket, on one runtime.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mockbroker/profiles/profile.hpp"
#include "mockbroker/script/script.hpp"
#include "net/http_server.hpp"
#include "net/log.hpp"
#include "net/runtime.hpp"
#include "net/tls.hpp"

namespace mockbroker {

class script_server final : public script_output {
 public:
  // `kind` answers handshakes.
  script_server(net::runtime& rt, net::log_sink& log, std::vector<harness::ladder::row> rows,
                profile kind);
  script_server(const script_server&) = delete;
  script_server& operator=(const script_server&) = delete;
  ~script_server() override;

  void serve_stomp(std::unique_ptr<net::listener> from);
  // WebSocket; with `tls` it is wss.
  void serve_websocket(std::unique_ptr<net::listener> from,
                       std::shared_ptr<const net::tls_context> tls);
  // Stops accepting, judges what has not come, ends every connection within `limit`.
  net::task<void> stop(net::duration limit);
  // Whether every case held.
  bool has_held() const noexcept { return script_.is_done(); }
  // What came of each case that ended: "passed NAME (broker)", "FAILED " and its report. Its first
  // lines are in the log as soon as it ended.
  const std::vector<std::string>& results() const noexcept { return results_; }

  // script_output
  void send(client_id to, std::string octets) override;
  void close(client_id to, std::uint16_t code, const std::string& reason) override;
  void wake_at(net::time_point when) override;
  std::int64_t civil_ms() const override;
  void ended(const harness::ladder::row& r, const std::string& report) override;

 private:
  class link;
  class upgrades;
  net::task<void> accept_loop(std::unique_ptr<net::listener> from, bool websocket,
                              std::shared_ptr<const net::tls_context> tls);
  net::task<void> run_stream(std::unique_ptr<net::stream> connection);
  net::task<void> run_websocket(std::unique_ptr<net::stream> connection, std::string early,
                                client_info info);
  net::task<void> answer_http(std::unique_ptr<net::stream> connection,
                              std::shared_ptr<const net::tls_context> tls);

  net::runtime& rt_;
  net::log_sink& log_;
  profile kind_;
  std::vector<std::string> results_;
  script script_;
  std::map<client_id, link*> links_;
  client_id last_id_ = 0;
  std::unique_ptr<upgrades> upgrades_;
  std::unique_ptr<net::timer> timer_;
  net::task_group acceptors_;
  net::task_group connections_;
};

}  // namespace mockbroker
