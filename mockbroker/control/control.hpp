// The control API: what a test harness in another process says to a mock broker, as JSON over HTTP.
// GET /__mock/ lists the calls (calls.hpp has them); docs/testing.md describes them. Its port also
// serves a live page at "/", which is made of these calls. It refuses requests of pages from
// elsewhere (a foreign Origin, on loopback also a foreign Host), since a page must not be able to
// break a test.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mockbroker/broker/broker.hpp"
#include "mockbroker/faults/fault_engine.hpp"
#include "mockbroker/faults/journal.hpp"
#include "mockbroker/relay/relay.hpp"
#include "net/clocked_runtime.hpp"
#include "net/http_server.hpp"

namespace mockbroker {

class control final : public net::http_service {
 public:
  // What it speaks for; all outlive it.
  struct parts {
    net::runtime& rt;             // the broker's time
    net::runtime& real;           // of who calls: what they wait for is in their time
    net::clocked_runtime* clock;  // what bends the broker's time
    fault_engine& engine;
    journal& log;
    std::vector<relay*> relays;
    std::function<class broker*()> broker;   // null while there is none (an upstream)
    std::function<void(bool keep)> restart;  // keep: what is stored; empty: not possible
    // It listens on loopback only, where whoever calls by another name than localhost or an address
    // was led here by somebody else's DNS.
    bool is_local = false;
  };
  explicit control(parts of) : parts_(std::move(of)) {}

  net::task<net::http_response> handle(net::http_request& request) override;
  net::http_response refuse(const net::http_error& error) override;

 private:
  parts parts_;
};

}  // namespace mockbroker
