// How many requests each of many keys made lately: a window that slides with every key by itself.
// Pure; time is an argument. Not for several threads at once: the owner holds a lock.
//
// Requests are kept in groups. A group ends when a sixteenth of the window has passed since its
// first request, and counts until its last one is a window old. So in no window more than the limit
// pass, and a request counts at most a sixteenth of the window longer than it had to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "net/types.hpp"

namespace gateway {

struct rate_limits {
  std::uint64_t requests = 1000;   // that may pass in any window; at least 1
  net::duration window{0};         // at least 1 us
  std::size_t most_keys = 50'000;  // with a window of their own, at once; at least 1
};

struct rate_verdict {
  bool passes = false;
  net::duration wait{0};  // until another one may pass, for one that does not
  // It came while there were `most_keys` others: all such keys share one window.
  bool shared = false;
};

class rate_window {
 public:
  explicit rate_window(const rate_limits& limits) : limits_(limits) {}
  rate_window(const rate_window&) = delete;
  rate_window& operator=(const rate_window&) = delete;

  // Counts a request of `key` when it passes. One that does not counts for nothing: who keeps
  // trying gets in as soon as who waits. A key is forgotten a window after its last request that
  // passed, and never because of other keys. The caller bounds the length of keys. A `now` before
  // an earlier one counts as that one.
  rate_verdict ask(std::string_view key, net::time_point now);

  // What is kept: both are bounded, groups by 17 a key.
  std::size_t keys() const noexcept { return keys_.size(); }
  std::size_t groups() const noexcept;

 private:
  struct group {
    net::time_point first;
    net::time_point last;
    std::uint64_t count = 0;
  };
  struct window {
    std::vector<group> groups;  // oldest first
    std::uint64_t count = 0;    // of all of them
  };
  using queue = std::list<const std::string*>;  // keys of keys_
  struct entry {
    window passed;
    queue::iterator place;
  };

  void forget(net::time_point now);
  entry* find_or_add(std::string_view key);
  rate_verdict count(window& w, net::time_point now) const;

  const rate_limits limits_;
  // Ordered: nobody can choose keys that make a look-up slow.
  std::map<std::string, entry, std::less<>> keys_;
  queue by_age_;   // those whose last request is oldest first
  window others_;  // of keys beyond most_keys
  net::time_point latest_{};
};

}  // namespace gateway
