// Stands on a leg between a client and a broker: journals what passes, judges it, and carries out
// what the fault engine decides. Untouched octets go on as they came. It works over any streams of
// a runtime: in front of a mock broker of this process, in front of a gateway, in front of a real
// broker. TLS ends here where the leg has it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mockbroker/faults/fault_engine.hpp"
#include "mockbroker/faults/journal.hpp"
#include "net/log.hpp"
#include "net/runtime.hpp"
#include "net/tls.hpp"

namespace mockbroker {

struct relay_options {
  std::string leg = "client-broker";
  bool websocket = true;                        // HTTP and WebSocket; else STOMP from the start
  std::shared_ptr<const net::tls_context> tls;  // null: the client speaks plainly
  net::duration tls_time = std::chrono::seconds(10);
  std::size_t buffer = 1024 * 1024;                    // octets of one direction under way
  net::duration close_time = std::chrono::seconds(2);  // for a side to end after we did
  std::size_t max_connections = 10000;
};

class relay {
 public:
  // Opens the broker's side of a connection that came from `client`.
  using opener = std::function<net::task<net::result<std::unique_ptr<net::stream>>>(
      const net::endpoint& client)>;

  // `engine` and `log` outlive the relay; several relays may share them.
  relay(net::runtime& rt, fault_engine& engine, journal& log, relay_options options);
  relay(const relay&) = delete;
  relay& operator=(const relay&) = delete;
  ~relay();

  // Relays what `from` accepts to what `upstream` opens, until the relay ends.
  void serve(std::unique_ptr<net::listener> from, opener upstream);
  // The same in one process: the answer accepts what comes out behind the relay. It must end
  // before the relay does.
  std::unique_ptr<net::listener> wrap(std::unique_ptr<net::listener> from);
  // Behind wrap(): the same for a broker that takes the place of the first one. What connects while
  // there is none waits, as in the backlog of a socket.
  std::unique_ptr<net::listener> reopen();
  // Accepts nothing more; the ports are free. What is relayed goes on.
  void stop_serving() noexcept { acceptors_.cancel(); }
  // An opener that connects to `host` and `port`, with TLS when there is a context.
  opener connector(std::string host, std::uint16_t port,
                   std::shared_ptr<const net::tls_context> tls = nullptr);

  // The leg's name. A new one holds for connections from now on.
  const std::string& leg() const noexcept { return options_.leg; }
  void set_leg(std::string name) { options_.leg = std::move(name); }

  std::size_t connections() const noexcept { return sessions_.size(); }
  // The number of the newest connection it accepted; 0: none.
  std::uint64_t newest() const noexcept { return newest_; }
  // The connections that neither side has ended, by number.
  std::vector<relayed_connection> open() const;
  // Writes `part` on a connection, as if the other side had; false: it is not open.
  bool inject(std::uint64_t connection, way direction, const written_part& part);
  // Ends a connection towards both sides; false: it is not open.
  bool end(std::uint64_t connection, const ending& how);
  // Ends all of them with a reset: what happens when a process dies.
  void reset_all();

 private:
  class session;
  class inner_listener;

  struct inner;  // connections that came out and were not accepted
  net::task<void> accept_loop(std::unique_ptr<net::listener> from, opener upstream);
  net::task<void> run(std::unique_ptr<net::stream> client, opener upstream);
  void note(session& of, journal_entry::event what, way by, std::string text,
            std::vector<std::string> faults = {}, std::vector<std::string> breaches = {});

  net::runtime& rt_;
  fault_engine& engine_;
  journal& journal_;
  relay_options options_;
  std::uint64_t newest_ = 0;
  std::shared_ptr<inner> inner_;
  std::map<std::uint64_t, session*> sessions_;
  net::task_group acceptors_;
  net::task_group connections_;
};

}  // namespace mockbroker
