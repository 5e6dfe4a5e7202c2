// Everything an end-to-end test plays with, on one world: a mock broker, a gateway if the test
// wants one, clients, and a relay on every leg between them. Blocking calls from the test's thread.
// What a test waits for and does not get is an exception that says what was missing and shows the
// ladder.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "crypto/key_material.hpp"
#include "harness/cpp/backend.hpp"
#include "harness/cpp/descriptor_check.hpp"
#include "harness/cpp/world.hpp"
#include "mockbroker/relay/relay.hpp"
#include "net/files.hpp"
#include "stomp-client/client.hpp"

namespace harness {

using mockbroker::journal_entry;
using mockbroker::way;

// A wait ended without what it waited for. what() has the ladder of all legs.
class not_happened : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct stage_options {
  std::string profile = "activemq";
  std::vector<mockbroker::user> users{};  // none: any login is accepted
  // Of ids, chance and, on the simulation, the order of events. PUMPHOUSE_SEED when it is set.
  std::uint64_t seed = 1;
  // The longest wait of one call: wall time on sockets, virtual time on the simulation.
  net::duration patience = std::chrono::seconds(5);
  // finish() also reports what the test did not ask for: MESSAGEs that it never took, ERRORs that
  // it did not expect, connections that it did not make, SENDs to what nobody subscribed to and
  // the test never looked at with queue().
  bool strict = false;
};

class stage;
class client;
// "ERROR message=...", or how the connection ended.
std::string to_text(const stomp_client::event& e);

// A subscription of a client, and what comes for it. Lives no longer than the client.
class inbox {
 public:
  const std::string& id() const noexcept { return id_; }
  // Its next MESSAGE. not_happened when none comes within the stage's patience.
  stomp::frame next();

 private:
  friend class client;
  inbox(client& of, std::string id) : client_(&of), id_(std::move(id)) {}
  client* client_;
  std::string id_;
};

struct connect_options {
  // URL of another door than the stage's first; empty: that one.
  std::string url{};
  stomp_client::options client{};
};

struct subscribe_options {
  stomp::ack_mode ack = stomp::ack_mode::automatic;
  std::vector<stomp::header> headers{};
};

// A headless client. Every call that has a RECEIPT waits for it.
class client {
 public:
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  // Its number on the leg next to it, from 1.
  std::uint64_t number() const noexcept { return number_; }
  const std::string& leg() const noexcept { return leg_; }
  stage& owner() const noexcept { return stage_; }

  inbox subscribe(const std::string& destination, const subscribe_options& how = {});
  void unsubscribe(const inbox& which);
  // An ERROR instead of the RECEIPT is not_happened with the ERROR in its text.
  void send(const std::string& destination, const std::string& body,
            const std::vector<stomp::header>& headers = {});
  // Without waiting: the id of the receipt that was asked for.
  std::string send_only(const std::string& destination, const std::string& body,
                        const std::vector<stomp::header>& headers = {});
  void await_receipt(const std::string& id);
  void ack(const stomp::frame& message, const std::string& transaction = {});
  void nack(const stomp::frame& message, const std::string& transaction = {});
  std::string begin();
  void commit(const std::string& transaction);
  void abort(const std::string& transaction);
  // The next MESSAGE of any subscription, the next ERROR, the end of the connection.
  stomp::frame next();
  stomp::frame error();
  stomp_client::event closed();
  // DISCONNECT with its RECEIPT, then the end in order.
  void disconnect();

  // Below STOMP: octets, as one WebSocket message or as they are. Breaches of this connection are
  // the test's from then on.
  void write_raw(const std::string& octets);
  // Gone without a word (TCP: a reset).
  void vanish();
  // Beats and everything else of ours do not arrive any more; the broker's do.
  void fall_silent();
  // Nothing is read any more of what comes.
  void stop_reading();
  bool breaks_rules() const noexcept { return breaks_rules_; }

 private:
  friend class stage;
  friend class inbox;
  client(stage& owner, std::unique_ptr<stomp_client::client> connection, std::string leg,
         std::uint64_t number);
  // The next event that `wanted` takes; others stay for later calls.
  stomp_client::event take(const std::function<bool(const stomp_client::event&)>& wanted,
                           const std::string& name);
  void settle(const std::function<stomp::sent(stomp::client_session&)>& request,
              const std::string& name);

  stage& stage_;
  std::unique_ptr<stomp_client::client> connection_;  // used on the runtime's thread
  std::deque<stomp_client::event> events_;            // not yet taken
  std::string leg_;
  std::uint64_t number_;
  bool breaks_rules_ = false;
};

// A fault that a test has armed.
class armed_fault {
 public:
  const std::string& name() const noexcept { return name_; }
  // How often it acted.
  std::uint64_t fired() const;
  // Takes it back; what it did stays.
  void disarm() const;
  // A manual one acts at its next match.
  void fire() const;

 private:
  friend class stage;
  armed_fault(stage& of, std::string name) : stage_(&of), name_(std::move(name)) {}
  stage* stage_;
  std::string name_;
};

// A broker of a stage.
class broker {
 public:
  ~broker();
  broker(const broker&) = delete;
  broker& operator=(const broker&) = delete;

  // "gateway-broker", of a further one "gateway-broker-2".
  const std::string& leg() const noexcept { return leg_; }
  // As another client would have sent it. std::invalid_argument when it takes no such message.
  void publish(const std::string& destination, const std::string& body,
               const std::vector<stomp::header>& headers = {});
  queue_numbers queue(const std::string& destination);
  std::size_t connections();
  // All connections die, what is stored stays: as a broker that comes back with its store.
  void drop_connections();
  // Its process ends and another begins: nothing is stored, the ports are the same.
  void restart();
  // Its process ends, and its ports refuse until revive(): another begins there then, which knows
  // nothing.
  void die();
  void revive();

 private:
  friend class stage;
  friend class client;
  broker(stage& of, std::string leg, broker_backend::port_numbers wanted);
  void close_relays();
  broker_backend& alive();

  stage& stage_;
  std::string leg_;
  std::unique_ptr<broker_backend> backend_;  // outlives the relays
  std::unique_ptr<mockbroker::relay> ws_;
  std::unique_ptr<mockbroker::relay> tcp_;
  bool is_dead_ = false;
};

class stage {
 public:
  explicit stage(std::unique_ptr<world> where, stage_options options = {});
  ~stage();
  stage(const stage&) = delete;
  stage& operator=(const stage&) = delete;

  // Puts a gateway in front of the broker: the file as it is, every port of it and of the broker
  // mapped to a free one, key material made where a named keystore is missing. std::runtime_error
  // with the messages when the file is wrong.
  void use_config(const std::string& proxies_xml);

  // One more broker, for files with a <balancer>: what goes to localhost at this port of the file
  // goes to its WebSocket. Before use_config(). It lives as long as the stage.
  // std::invalid_argument when the port has a broker.
  broker& add_broker(std::uint16_t written_port);
  // The first one, which all calls below mean.
  broker& first_broker();

  // Where clients connect: of the broker, or of a port of the gateway's file.
  std::string url();
  std::string tcp_url();
  std::string url(std::uint16_t written_port, const std::string& path = "/") const;

  // CONNECT, and waits for CONNECTED. The client lives as long as the stage.
  client& connect(connect_options how = {});
  // What refused it, as text; not_happened when it was accepted.
  std::string connect_refused(connect_options how = {});

  // As broker::publish and so on.
  void publish(const std::string& destination, const std::string& body,
               const std::vector<stomp::header>& headers = {});
  queue_numbers queue(const std::string& destination);
  std::size_t connections();
  void drop_connections();
  void restart_broker();

  // Arms a fault (docs/testing.md lists actions): "drop on=RECEIPT nth=2 leg=gateway-broker".
  // std::invalid_argument with the reason when it is none.
  armed_fault arm(const std::string& line);

  // A copy of what passed, all legs.
  std::vector<journal_entry> journal();
  // Waits until `done` holds for the journal, looked at after each entry; false when patience or
  // everything else ran out.
  bool wait_for(const std::function<bool(const std::deque<journal_entry>&)>& done);
  // Until nothing more will come. Simulation: everything that can happen within a second of
  // virtual time has. Sockets: a RECEIPT has made its round trip on each open connection, which
  // says less: what a broker does later by itself is not seen.
  void settle();
  // Simulation only; std::logic_error on sockets.
  void advance(net::duration time);
  bool is_simulated() noexcept { return world_->simulated() != nullptr; }

  // "+0.020s gateway-broker c1 > SEND ...", one line an entry; the newest `most`.
  std::string ladder(std::size_t most = 60);
  std::string faults_report();
  std::uint64_t seed() const noexcept { return options_.seed; }
  // The leg that ends at the broker, and the one that begins at clients.
  std::string broker_leg() const { return doors_.empty() ? "client-broker" : "gateway-broker"; }
  std::string client_leg() const { return doors_.empty() ? "client-broker" : "browser-gateway"; }

  // What is wrong at the end of a test: breaches of the rules by somebody of ours, faults that
  // never acted, things that are left (connections and timers of the simulation, descriptors on
  // sockets when no other stage lived meanwhile), and what a strict stage does not expect. Ends
  // everything; the stage cannot be used any more.
  std::vector<std::string> finish();
  // A strict stage lets so many connections more be made at the clients' leg, by a program under
  // test.
  void expect_connections(std::size_t count) noexcept { expected_ += count; }
  // Breaches are part of the test.
  void allow_breaches() noexcept { breaches_allowed_ = true; }
  void allow_unused() noexcept { unused_allowed_ = true; }

  world& where() noexcept { return *world_; }
  net::duration patience() const noexcept { return options_.patience; }

 private:
  friend class client;
  friend class armed_fault;
  friend class broker;
  struct door {
    std::uint16_t port = 0;  // clients connect here
    bool tls = false;
    std::unique_ptr<mockbroker::relay> between;
  };

  backend& programs();
  void open_door(std::uint16_t written, std::uint16_t bound, bool tls);
  std::vector<std::string> stop();
  net::task<net::result<std::unique_ptr<stomp_client::client>>> attempt(connect_options how,
                                                                        std::string& why);
  mockbroker::relay* relay_of(const std::string& leg, const std::string& url);
  std::string leg_to(const std::string& url) const;
  // The newest connection to this URL is the test's; its number.
  std::uint64_t note_asked(const std::string& url);
  // Whether `leg` ends at one of the brokers.
  bool is_at_broker(const std::string& leg) const { return leg.starts_with(broker_leg()); }
  // Of strict stages (strict.cpp).
  std::vector<std::string> unexpected();
  void collect_events();
  std::vector<std::string> connections_nobody_asked_for(const std::vector<journal_entry>& all);

  std::unique_ptr<world> world_;
  stage_options options_;
  mockbroker::fault_engine engine_;
  mockbroker::journal journal_;
  std::unique_ptr<backend> backend_;                         // null until something needs it
  std::unique_ptr<broker> first_;                            // likewise
  std::map<std::uint16_t, std::unique_ptr<broker>> others_;  // by the port as written
  std::map<std::uint16_t, door> doors_;                      // by the port as written
  std::unique_ptr<net::temporary_folder> made_files_;
  std::vector<std::unique_ptr<client>> clients_;
  net::time_point began_;
  std::optional<descriptor_check> descriptors_;           // on real sockets
  std::map<std::string, std::set<std::uint64_t>> asked_;  // connections of the test, by leg
  std::set<std::string> looked_;                          // destinations given to queue()
  std::size_t expected_ = 0;                              // connections that others make
  bool breaches_allowed_ = false;
  bool unused_allowed_ = false;
  bool stopped_ = false;
};

}  // namespace harness
