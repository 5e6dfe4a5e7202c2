// What plays the broker and the gateway of a stage: our code in the test's process, or the programs
// as users run them. Called on the test's thread. Only stage.cpp uses it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/cpp/world.hpp"
#include "mockbroker/broker/broker.hpp"
#include "mockbroker/relay/relay.hpp"

namespace harness {

struct broker_settings {
  std::string profile;
  std::vector<mockbroker::user> users;
  std::uint64_t seed = 1;
};

// A proxies.xml that may have been changed on its way.
struct gateway_file {
  std::string path;    // as the test named it
  std::string folder;  // what names in it are relative to, absolute
  std::string text;
  bool is_changed = false;  // `text` is not what the file holds
};

struct queue_numbers {
  std::size_t depth = 0;      // waiting and held
  std::size_t in_flight = 0;  // held by consumers
  std::size_t consumers = 0;
  std::uint64_t enqueued = 0;
  std::uint64_t dequeued = 0;
};

// A broker behind two relays, which serve its ports; they go behind stop(), and in front of the
// broker.
class broker_backend {
 public:
  struct port_numbers {
    std::uint16_t ws = 0;
    std::uint16_t tcp = 0;
  };

  virtual ~broker_backend() = default;
  virtual port_numbers ports() const = 0;
  // Another one, which knows nothing, behind the same relays. Their connections are over already.
  virtual void restart() = 0;
  // It is gone, and its ports refuse.
  virtual void die() = 0;
  // Another one, which knows nothing, at the ports of the one that died. std::runtime_error when
  // somebody else has them.
  virtual void revive() = 0;

  // As another client would have sent it. Why not; empty: it was.
  virtual std::string publish(const std::string& destination, const std::string& body,
                              const std::vector<stomp::header>& headers) = 0;
  virtual queue_numbers queue(const std::string& destination) = 0;
  virtual std::size_t connections() = 0;
  // What is wrong with how it ended.
  virtual std::vector<std::string> stop() = 0;
};

class backend {
 public:
  struct gateway_door {
    std::uint16_t written = 0;  // the port in the file
    std::uint16_t bound = 0;
    bool tls = false;
  };

  virtual ~backend() = default;
  // A broker with these ports where nothing else has them, as on a simulation; 0 is a free one.
  virtual std::unique_ptr<broker_backend> open_broker(const broker_settings& how,
                                                      broker_backend::port_numbers wanted,
                                                      mockbroker::relay& ws,
                                                      mockbroker::relay& tcp) = 0;
  // A gateway with the ports mapped as told; 0 is a free one. std::runtime_error with the messages
  // when it does not start.
  virtual std::vector<gateway_door> open_gateway(
      const gateway_file& file, const std::map<std::uint16_t, std::uint16_t>& ports) = 0;
  // Ends the gateway, before its brokers: what is wrong with how it ended.
  virtual std::vector<std::string> stop() = 0;
};

std::unique_ptr<backend> make_in_process_backend(world& where);
// The programs `gateway` and `mockbroker` in the folder.
std::unique_ptr<backend> make_process_backend(world& where, const std::string& programs);

// A listener of the runtime on this machine; std::runtime_error when there can be none.
std::unique_ptr<net::listener> listen_on(net::runtime& rt, std::uint16_t port);

}  // namespace harness
