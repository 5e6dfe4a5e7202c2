// Who receives by REST: consumers that outlive a request, by client and destination, as
// ActiveMQ's HTTP sessions keep them (facts: ActiveMQ 5.5).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "mockbroker/broker/broker.hpp"
#include "net/http_types.hpp"
#include "net/runtime.hpp"

namespace mockbroker {

// A listener of the broker and the requests that wait at it. Shared by them and by answers that
// are being written; the broker outlives all of those.
class rest_consumer : public std::enable_shared_from_this<rest_consumer> {
 public:
  rest_consumer(net::runtime& rt, broker& from) : rt_(rt), broker_(from) {}

  // Why it does not listen, if not.
  outcome open(const destination_name& from, const std::string& selector,
               const std::string& client_id);
  // The next message; nothing when there was none until `deadline` or somebody closed it.
  net::task<std::optional<taken_message>> receive(net::time_point deadline);
  // The octets of an answer. When they are written, `number` is settled; when the peer is gone
  // before, it goes back. `last`: then this consumer ends.
  std::unique_ptr<net::body_source> body(std::string text, std::uint64_t number, bool last);
  void finish(std::uint64_t number, bool written, bool last);
  void close();

 private:
  net::runtime& rt_;
  broker& broker_;
  connection_id listener_ = 0;  // 0: closed
  std::set<net::event*> waiting_;
};

class rest_clients {
 public:
  static constexpr std::size_t most = 1000;  // clients; the one not seen for longest makes room
  static constexpr std::size_t most_consumers = 100;               // of one client
  static constexpr net::duration idle = std::chrono::minutes(30);  // as a session of Jetty

  rest_clients(net::runtime& rt, broker& from) : rt_(rt), broker_(from), timer_(rt.make_timer()) {}

  bool knows(const std::string& name) const { return clients_.contains(name); }
  // The client's consumer of that destination, or a new one; null with `why` when it cannot be.
  // The selector counts for a new one.
  std::shared_ptr<rest_consumer> find(const std::string& name, const std::string& client_id,
                                      const destination_name& from, const std::string& selector,
                                      outcome& why);
  // Forgets that consumer without closing it.
  void release(const std::string& name, const destination_name& from);
  // Closes all of the client's.
  void drop(const std::string& name);

 private:
  struct client {
    net::time_point used{};
    std::map<destination_name, std::shared_ptr<rest_consumer>> consumers;
  };
  void sweep();
  void make_room();

  net::runtime& rt_;
  broker& broker_;
  std::unique_ptr<net::timer> timer_;
  bool is_timed_ = false;
  std::map<std::string, client> clients_;
};

}  // namespace mockbroker
