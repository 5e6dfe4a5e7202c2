// The commands of the stomp-client binary, on a runtime, writing results to a report.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "stomp-client/client.hpp"

namespace stomp_client {

enum class exit_code {
  done = 0,
  failed = 1,  // the broker sent ERROR, or the connection ended early
  usage = 2,
  cannot_connect = 3,
  timed_out = 4,
  interrupted = 130,
};

struct command {
  enum class kind { send, subscribe, request, ping };
  kind what = kind::ping;
  std::string destination;
  std::string body;
  std::vector<stomp::header> headers;
  bool receipt = false;
  std::uint64_t count = 0;  // subscribe: messages to wait for; 0: until interrupted
  stomp::ack_mode ack = stomp::ack_mode::automatic;
  net::duration timeout = std::chrono::seconds(10);  // of each answer; of the whole with a count
};

// Where results go: one line a result, as people read it or as one JSON object a frame.
class report {
 public:
  report(std::FILE* to, bool json) : to_(to), json_(json) {}
  void frame(const stomp::frame& f);
  void line(const std::string& text);
  void trouble(const std::string& text);  // standard error
  void prompt(const std::string& text);   // standard error, without an end of line

 private:
  std::FILE* to_;
  bool json_;
};

// {"command":...,"headers":{...},"body":...}; a body that is not UTF-8 is "bodyBase64".
std::string to_json(const stomp::frame& f);

net::task<exit_code> run_command(net::runtime& rt, url to, options chosen, command what,
                                 report& out);

}  // namespace stomp_client
