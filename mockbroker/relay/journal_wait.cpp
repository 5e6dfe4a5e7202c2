#include "mockbroker/relay/journal_wait.hpp"

namespace mockbroker {

namespace {

// Taken back with the task that waits, however that ends.
class listening {
 public:
  listening(journal& to, net::event& news)
      : log_(to), id_(to.listen([&news](const journal_entry&) { news.set(); })) {}
  listening(const listening&) = delete;
  listening& operator=(const listening&) = delete;
  ~listening() { log_.unlisten(id_); }

 private:
  journal& log_;
  std::uint64_t id_;
};

}  // namespace

net::task<int> wait_for_journal(net::runtime& rt, journal& log,
                                std::function<bool(const std::deque<journal_entry>&)> done) {
  net::event news(rt);
  const listening until_the_end(log, news);
  while (!done(log.entries())) {
    news.clear();
    co_await news;
  }
  co_return 0;
}

}  // namespace mockbroker
