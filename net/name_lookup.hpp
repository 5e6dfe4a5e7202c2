// Finds the addresses of names. A lookup blocks for as long as a name server likes, so each runs on
// a thread that nobody waits for: a slow name delays neither another nor the end of the process.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/runtime.hpp"

namespace net {

// Numeric addresses of `host` in the order to try them; empty when it has none. Blocks.
using lookup_function = std::function<std::vector<std::string>(const std::string& host)>;
// As the system is configured: /etc/hosts, name servers.
std::vector<std::string> system_lookup(const std::string& host);
// The name of a numeric address, in lower case; empty when it has none whose own addresses have it:
// whoever owns an address may give it any name. Blocks.
std::string system_host_name(const std::string& address);

// Belongs to one runtime and is used on it; `look_up` is called on other threads, up to 16 at once,
// also after this object has ended. Further lookups wait.
class name_lookups {
 public:
  name_lookups(runtime& home, lookup_function look_up);
  name_lookups(const name_lookups&) = delete;
  name_lookups& operator=(const name_lookups&) = delete;
  ~name_lookups();

  // Cancelling abandons the answer. The caller sets the deadline.
  task<std::vector<std::string>> find(std::string host);

 private:
  struct answer;
  struct job;
  struct state;
  bool enqueue(job next);
  static void work(const std::shared_ptr<state>& shared);
  std::shared_ptr<state> state_;
};

}  // namespace net
