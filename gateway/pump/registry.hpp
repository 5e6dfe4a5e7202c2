// The list of pumps that the console shows (Membrane: StreamPumpStats). One registry a worker;
// used on the worker's thread. A pump is listed exactly as long as its tunnel lives.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <vector>

#include "gateway/pump/tunnel.hpp"
#include "net/types.hpp"

namespace gateway {

// One row of the "Stream Pumps" tab.
struct pump_row {
  std::uint64_t connection = 0;
  std::string name;   // "websocket /127.0.0.1:53122 -> localhost/127.0.0.1:61614"
  std::string proxy;  // name of the serviceProxy, stompProxy or sslProxy
  net::wall_time created;
  net::duration active{0};
  std::uint64_t bytes = 0;
};

class pump_registry {
 public:
  struct entry {
    std::uint64_t connection = 0;
    std::string_view protocol;  // "websocket", "STOMP", "SSL", "tcp"; Membrane's words; static
    std::string client;         // "/127.0.0.1:53122"
    std::string server;         // "localhost/127.0.0.1:61614"
    std::string proxy;
    net::wall_time created;
    net::time_point started;
    const tunnel* pumps = nullptr;  // outlives the registration
  };

  // Keeps `entry` listed while it exists.
  class registration {
   public:
    registration(pump_registry& owner, entry e)
        : owner_(owner), place_(owner.entries_.insert(owner.entries_.end(), std::move(e))) {}
    registration(const registration&) = delete;
    registration& operator=(const registration&) = delete;
    ~registration() { owner_.entries_.erase(place_); }

   private:
    pump_registry& owner_;
    std::list<entry>::iterator place_;
  };

  // Two rows for each tunnel, oldest first: client to server ("->"), then back ("<-").
  std::vector<pump_row> rows(net::time_point now) const;
  std::size_t tunnels() const noexcept { return entries_.size(); }

 private:
  std::list<entry> entries_;
};

}  // namespace gateway
