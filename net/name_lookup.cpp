#include "net/name_lookup.hpp"

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <deque>
#include <mutex>

#include "net/threads.hpp"

namespace net {

namespace {

constexpr unsigned most_threads = 16;

}  // namespace

// Where the answer is left; used on the runtime's thread only.
struct name_lookups::answer {
  explicit answer(runtime& rt) : there(rt) {}
  event there;
  std::vector<std::string> addresses;
};

struct name_lookups::job {
  std::string host;
  std::weak_ptr<answer> into;  // gone when nobody waits any more
};

struct name_lookups::state {
  std::mutex guard;
  runtime* home = nullptr;  // null once the owner has ended
  lookup_function look_up;
  unsigned running = 0;
  std::deque<job> waiting;
};

std::vector<std::string> system_lookup(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
  std::vector<std::string> all;
  for (const addrinfo* each = found; each; each = each->ai_next) {
    std::array<char, NI_MAXHOST> text;
    if (::getnameinfo(each->ai_addr, each->ai_addrlen, text.data(), text.size(), nullptr, 0,
                      NI_NUMERICHOST) == 0) {
      all.emplace_back(text.data());
    }
  }
  ::freeaddrinfo(found);
  return all;
}

std::string system_host_name(const std::string& address) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* numeric = nullptr;
  if (::getaddrinfo(address.c_str(), nullptr, &hints, &numeric) != 0) return {};
  std::array<char, NI_MAXHOST> text{};
  const int wrong = ::getnameinfo(numeric->ai_addr, numeric->ai_addrlen, text.data(), text.size(),
                                  nullptr, 0, NI_NAMEREQD);
  ::freeaddrinfo(numeric);
  if (wrong != 0) return {};
  std::string name(text.data());
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto known = system_lookup(name);
  const bool leads_back = std::find(known.begin(), known.end(), address) != known.end();
  return leads_back ? name : std::string();
}

name_lookups::name_lookups(runtime& home, lookup_function look_up)
    : state_(std::make_shared<state>()) {
  state_->home = &home;
  state_->look_up = std::move(look_up);
}

name_lookups::~name_lookups() {
  const std::lock_guard lock(state_->guard);
  state_->home = nullptr;
  state_->waiting.clear();
}

// False when there is no thread for it, and none that will become free.
bool name_lookups::enqueue(job next) {
  const std::lock_guard lock(state_->guard);
  state_->waiting.push_back(std::move(next));
  if (state_->running == most_threads) return true;
  try {
    start_detached([shared = state_] { work(shared); });
    ++state_->running;
  } catch (const std::system_error&) {
    if (state_->running > 0) return true;
    state_->waiting.pop_back();
    return false;
  }
  return true;
}

task<std::vector<std::string>> name_lookups::find(std::string host) {
  const auto mine = std::make_shared<answer>(*state_->home);
  if (!enqueue({std::move(host), mine})) co_return std::vector<std::string>();
  co_await mine->there;
  co_return std::move(mine->addresses);
}

void name_lookups::work(const std::shared_ptr<state>& shared) {
  std::unique_lock lock(shared->guard);
  while (!shared->waiting.empty()) {
    job next = std::move(shared->waiting.front());
    shared->waiting.pop_front();
    lock.unlock();
    auto found = shared->look_up(next.host);
    lock.lock();
    if (!shared->home) continue;
    shared->home->post_from_any_thread(
        [into = std::move(next.into), addresses = std::move(found)]() mutable {
          const auto waiting = into.lock();
          if (!waiting) return;
          waiting->addresses = std::move(addresses);
          waiting->there.set();
        });
  }
  --shared->running;
}

}  // namespace net
