#include "gateway/app/goodbye.hpp"

namespace gateway {

namespace {

constexpr net::duration longest = std::chrono::seconds(1);

net::task<int> send_and_end(net::runtime& rt, net::stream& to, std::string_view octets) {
  const std::error_code lost = co_await net::write_all(to, octets);
  if (lost) co_return 0;
  to.shutdown_write();
  co_return co_await net::drop_rest(rt, to);
}

}  // namespace

net::task<void> say_goodbye(net::runtime& rt, net::stream& to, std::string octets) {
  co_await net::with_deadline(rt, rt.now() + longest, send_and_end(rt, to, octets));
}

}  // namespace gateway
