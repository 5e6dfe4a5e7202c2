// <throttle>: slows requests down, and lets only so many be under way at once.
#include <atomic>

#include "gateway/core/descriptor.hpp"
#include "gateway/core/problem.hpp"

namespace gateway {

namespace {

constexpr std::int64_t longest_wait = 600'000;  // ms

class throttle final : public element {
 public:
  throttle(net::duration delay, std::int64_t most, net::duration busy_delay)
      : delay_(delay), most_(most), busy_delay_(busy_delay) {}

  bool waits() const noexcept override { return delay_.count() > 0 || busy_delay_.count() > 0; }

  outcome request_now(exchange& ex) const override {
    return take_place(ex) ? outcome::proceed : refuse(ex);
  }
  net::task<outcome> on_request(exchange& ex) const override {
    net::runtime& rt = ex.world.runtime;
    // Who waits here has no place yet.
    if (delay_.count() > 0) co_await net::wait_until(rt, rt.now() + delay_);
    if (take_place(ex)) co_return outcome::proceed;
    if (busy_delay_.count() > 0) {
      co_await net::wait_until(rt, rt.now() + busy_delay_);
      if (take_place(ex)) co_return outcome::proceed;
    }
    co_return refuse(ex);
  }
  outcome response_now(exchange& /*ex*/) const override { return outcome::proceed; }
  net::task<outcome> on_response(exchange& /*ex*/) const override { co_return outcome::proceed; }

 private:
  using counter = std::atomic<std::int64_t>;

  // The exchange holds the place: it is free again when that ends, however it does.
  bool take_place(exchange& ex) const {
    if (most_ == 0) return true;
    std::int64_t taken = taken_->load();
    do {
      if (taken >= most_) return false;
    } while (!taken_->compare_exchange_weak(taken, taken + 1));
    ex.held.emplace_back(nullptr, [of = taken_](std::nullptr_t) { of->fetch_sub(1); });
    return true;
  }

  outcome refuse(exchange& ex) const {
    ++ex.world.count.throttled;
    ex.response =
        problem_response(failure::unavailable, ex.request, "Too many requests are under way.");
    ex.response->headers.set("Retry-After", "1");
    return outcome::abort;
  }

  net::duration delay_;
  std::int64_t most_;  // 0: any number
  net::duration busy_delay_;
  // Requests under way, of all workers. Shared with their exchanges.
  std::shared_ptr<counter> taken_ = std::make_shared<counter>(0);
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  const std::int64_t most = node.integer("maxThreads");
  if (const attribute_value& busy = *node.find("busyDelay"); busy.written && most == 0)
    context.error(node, busy, 0, "has no effect without maxThreads");
  return std::make_unique<throttle>(std::chrono::milliseconds(node.integer("delay")), most,
                                    std::chrono::milliseconds(node.integer("busyDelay")));
}

}  // namespace

const element_descriptor& throttle_element() {
  static const element_descriptor d{
      .name = "throttle",
      .doc =
          "Delays requests, and lets only so many be under way at once: 503 for others, with "
          "Retry-After. A request is under way from the end of its delay until its answer goes to "
          "the client, a WebSocket or a client of a <stompProxy> until its tunnel is open.",
      .example = R"(<throttle maxThreads="20" busyDelay="500"/>)",
      .attributes = {{.name = "delay",
                      .type = attribute_type::integer,
                      .doc = "How long each request waits.",
                      .default_value = "0",
                      .unit = "ms",
                      .min = 0,
                      .max = longest_wait},
                     {.name = "maxThreads",
                      .type = attribute_type::integer,
                      .doc = "Requests under way at once, over all workers; 0: any number.",
                      .default_value = "0",
                      .min = 0,
                      .max = 1'000'000},
                     {.name = "busyDelay",
                      .type = attribute_type::integer,
                      .doc = "How long a request that finds no place waits before it looks once "
                             "more.",
                      .default_value = "0",
                      .unit = "ms",
                      .min = 0,
                      .max = longest_wait}},
      .make = make,
  };
  return d;
}

}  // namespace gateway
