#include "net/simulation.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace net {

namespace {

// One waiting callback. A notification that is under way when the wait is cancelled finds nothing.
struct wait_slot {
  std::function<void()> ready;
  bool notified = false;
};

// One direction of a connection.
struct pipe {
  std::string readable;
  std::string in_flight;  // written, not yet arrived (only with latency)
  bool ended = false;     // writer finished; the end arrives behind the octets
  bool end_in_flight = false;
  bool broken = false;  // reset by either side
  bool reader_gone = false;
};

}  // namespace

// Both directions of a connection; end 0 connected, end 1 accepted.
struct simulation::wire {
  std::array<pipe, 2> pipes;  // pipes[i]: written by end i
  struct slots {
    wait_slot read, write;
  };
  std::array<std::shared_ptr<slots>, 2> waiting{std::make_shared<slots>(),
                                                std::make_shared<slots>()};
  std::array<endpoint, 2> addresses;
};

struct simulation::listening {
  endpoint at;
  std::deque<std::unique_ptr<stream>> pending;
  wait_slot waiter;
};

class memory_stream final : public stream {
 public:
  memory_stream(simulation& world, std::shared_ptr<simulation::wire> wire, unsigned end)
      : world_(world), wire_(std::move(wire)), end_(end) {
    ++world_.streams_;
  }
  ~memory_stream() override {
    close();
    --world_.streams_;
  }

  transfer try_read(std::span<char> into) override {
    pipe& in = wire_->pipes[1 - end_];
    if (closed_ || in.broken) return {0, errc::connection_lost};
    if (in.readable.empty()) {
      return {0, in.ended ? errc::end_of_stream : errc::would_block};
    }
    const std::size_t size = world_.piece(std::min(into.size(), in.readable.size()));
    std::memcpy(into.data(), in.readable.data(), size);
    in.readable.erase(0, size);
    notify(1 - end_, direction::write);
    return {size, {}};
  }

  transfer try_write(std::span<const char> from) override {
    pipe& out = wire_->pipes[end_];
    if (closed_ || out.broken || out.reader_gone || write_ended_) {
      return {0, errc::connection_lost};
    }
    const std::size_t used = out.readable.size() + out.in_flight.size();
    if (used >= world_.options_.pipe_capacity) return {0, errc::would_block};
    const std::size_t room = world_.options_.pipe_capacity - used;
    const std::size_t size = world_.piece(std::min(room, from.size()));
    out.in_flight.append(from.data(), size);
    arrive_later();
    return {size, {}};
  }

  void wait(direction d, std::function<void()> ready) override {
    wait_slot& mine = slot(end_, d);
    if (!mine.ready) ++world_.waits_;
    mine.ready = std::move(ready);
    if (is_ready(d)) notify(end_, d);
  }

  void cancel_wait(direction d) noexcept override {
    wait_slot& mine = slot(end_, d);
    if (mine.ready) --world_.waits_;
    mine.ready = nullptr;
  }

  void shutdown_write() override {
    if (closed_ || write_ended_) return;
    write_ended_ = true;
    wire_->pipes[end_].end_in_flight = true;
    arrive_later();
  }

  void close() noexcept override {
    if (closed_) return;
    shutdown_write();
    closed_ = true;
    cancel_wait(direction::read);
    cancel_wait(direction::write);
    pipe& in = wire_->pipes[1 - end_];
    in.reader_gone = true;
    // TCP answers octets that nobody will read with a reset, which also breaks what we sent.
    if (!in.readable.empty()) wire_->pipes[end_].broken = true;
    notify(1 - end_, direction::write);
    notify(1 - end_, direction::read);
  }

  void reset() noexcept override {
    if (closed_) return;
    for (pipe& p : wire_->pipes) p.broken = true;
    close();
    notify(1 - end_, direction::read);
  }

  endpoint local_endpoint() const override { return wire_->addresses[end_]; }
  endpoint remote_endpoint() const override { return wire_->addresses[1 - end_]; }

 private:
  wait_slot& slot(unsigned end, direction d) {
    auto& slots = *wire_->waiting[end];
    return d == direction::read ? slots.read : slots.write;
  }

  bool is_ready(direction d) const {
    if (d == direction::read) {
      const pipe& in = wire_->pipes[1 - end_];
      return !in.readable.empty() || in.ended || in.broken || closed_;
    }
    const pipe& out = wire_->pipes[end_];
    return out.broken || out.reader_gone || closed_ || write_ended_ ||
           out.readable.size() + out.in_flight.size() < world_.options_.pipe_capacity;
  }

  void arrive_later() {
    auto arrive = [wire = wire_, end = end_, world = &world_] {
      pipe& out = wire->pipes[end];
      out.readable += std::exchange(out.in_flight, {});
      if (out.end_in_flight) out.ended = true;
      notify_on(*world, *wire, 1 - end, direction::read);
    };
    if (world_.options_.latency == duration{0}) {
      arrive();
      return;
    }
    // Later octets of the same instant ride along; arrival order is kept by the map.
    const auto key = std::pair(world_.now_ + world_.options_.latency, ++world_.sequence_);
    world_.timers_.emplace(key, arrive);
  }

  void notify(unsigned end, direction d) { notify_on(world_, *wire_, end, d); }

  static void notify_on(simulation& world, simulation::wire& wire, unsigned end, direction d) {
    auto slots = wire.waiting[end];
    wait_slot& target = d == direction::read ? slots->read : slots->write;
    if (!target.ready || target.notified) return;
    target.notified = true;
    const unsigned hops =
        world.options_.hops ? unsigned(world.random_() % (world.options_.hops + 1)) : 0;
    hop(world, slots, d, hops);
  }

  static void hop(simulation& world, std::shared_ptr<simulation::wire::slots> slots, direction d,
                  unsigned left) {
    world.post([&world, slots, d, left] {
      if (left > 0) return hop(world, slots, d, left - 1);
      wait_slot& target = d == direction::read ? slots->read : slots->write;
      target.notified = false;
      if (!target.ready) return;
      --world.waits_;
      auto run = std::exchange(target.ready, nullptr);
      run();
    });
  }

  simulation& world_;
  std::shared_ptr<simulation::wire> wire_;
  unsigned end_;
  bool write_ended_ = false;
  bool closed_ = false;
};

class memory_timer final : public timer {
 public:
  explicit memory_timer(simulation& world) : world_(world) {}
  ~memory_timer() override { cancel(); }

  void start(time_point at, std::function<void()> expired) override {
    cancel();
    key_ = {std::max(at, world_.now_), ++world_.sequence_};
    armed_ = true;
    world_.timers_.emplace(key_, [this, f = std::move(expired)]() mutable {
      armed_ = false;
      auto run = std::move(f);
      run();
    });
  }
  void cancel() noexcept override {
    if (armed_) world_.timers_.erase(key_);
    armed_ = false;
  }

 private:
  simulation& world_;
  std::pair<time_point, std::uint64_t> key_;
  bool armed_ = false;
};

class memory_listener final : public listener {
 public:
  memory_listener(simulation& world, std::shared_ptr<simulation::listening> state)
      : world_(world), state_(std::move(state)) {
    ++world_.listeners_;
  }
  ~memory_listener() override {
    world_.ports_.erase(state_->at.port);
    --world_.listeners_;
  }
  task<result<std::unique_ptr<stream>>> accept() override {
    while (state_->pending.empty()) co_await arrival(*this);
    auto next = std::move(state_->pending.front());
    state_->pending.pop_front();
    co_return std::move(next);
  }
  endpoint local_endpoint() const override { return state_->at; }

 private:
  struct arrival {
    explicit arrival(memory_listener& l) : owner(l) {}
    arrival(const arrival&) = delete;
    ~arrival() {
      if (!owner.state_->waiter.ready) return;
      owner.state_->waiter.ready = nullptr;
      --owner.world_.waits_;
    }
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) {
      ++owner.world_.waits_;
      owner.state_->waiter.ready = [h] { h.resume(); };
    }
    void await_resume() const noexcept {}
    memory_listener& owner;
  };

  simulation& world_;
  std::shared_ptr<simulation::listening> state_;
};

simulation::simulation() : simulation(options{}) {}
simulation::simulation(options chosen) : options_(chosen), random_(chosen.seed) {}
simulation::~simulation() = default;

wall_time simulation::wall_now() const {
  return options_.epoch + std::chrono::duration_cast<wall_time::duration>(now_.time_since_epoch());
}

std::unique_ptr<timer> simulation::make_timer() { return std::make_unique<memory_timer>(*this); }

void simulation::post(std::function<void()> f) { ready_.push_back(std::move(f)); }

bool simulation::run_ready() {
  if (ready_.empty()) return false;
  auto f = std::move(ready_.front());
  ready_.pop_front();
  f();
  return true;
}

bool simulation::step() {
  if (run_ready()) return true;
  if (timers_.empty()) return false;
  auto first = timers_.extract(timers_.begin());
  now_ = std::max(now_, first.key().first);
  first.mapped()();
  return true;
}

bool simulation::run_until(const std::function<bool()>& done, std::size_t steps) {
  while (!done()) {
    if (steps-- == 0 || !step()) return done();
  }
  return true;
}

bool simulation::run(std::size_t steps) {
  while (step()) {
    if (steps-- == 0) return false;
  }
  return true;
}

void simulation::advance(duration d) {
  constexpr std::size_t most_at_once = 10'000'000;
  const time_point end = now_ + d;
  time_point at = now_;
  std::size_t steps = 0;
  while (!ready_.empty() || (!timers_.empty() && timers_.begin()->first.first <= end)) {
    step();
    if (std::exchange(at, now_) != now_) steps = 0;
    if (++steps > most_at_once) {
      throw std::runtime_error(
          "simulation: 10,000,000 things happened at one moment; something sets its timer for now, "
          "again and again");
    }
  }
  now_ = end;
}

simulation::left_over simulation::outstanding() const {
  return {detail::live_frames, streams_, waits_, timers_.size(), listeners_, ready_.size()};
}

std::size_t simulation::piece(std::size_t most) {
  if (!options_.short_transfers || most <= 1) return most;
  return 1 + std::size_t(random_() % std::min<std::size_t>(most, 1500));
}

result<std::unique_ptr<listener>> simulation::listen(const endpoint& at, port_sharing) {
  endpoint bound = at;
  if (bound.address.empty()) bound.address = "0.0.0.0";
  if (bound.port == 0) {
    while (ports_.contains(next_port_)) ++next_port_;
    bound.port = next_port_++;
  }
  if (ports_.contains(bound.port)) return errc::address_in_use;
  auto state = std::make_shared<listening>();
  state->at = bound;
  ports_[bound.port] = state;
  return std::unique_ptr<listener>(std::make_unique<memory_listener>(*this, state));
}

std::pair<std::unique_ptr<stream>, std::unique_ptr<stream>> simulation::make_pair() {
  auto joint = std::make_shared<wire>();
  joint->addresses = {endpoint{"127.0.0.1", next_port_++}, endpoint{"127.0.0.1", 1}};
  std::erase_if(wires_, [](const auto& w) { return w.expired(); });
  wires_.push_back(joint);
  return {std::make_unique<memory_stream>(*this, joint, 0),
          std::make_unique<memory_stream>(*this, joint, 1)};
}

task<result<std::unique_ptr<stream>>> simulation::connect(std::string host, std::uint16_t port) {
  co_await wait_until(*this, now_ + options_.latency);
  const bool known = host == "localhost" || host == "127.0.0.1" || host == "::1";
  if (!known) co_return errc::name_not_found;
  auto found = ports_.find(port);
  if (found == ports_.end()) co_return errc::connection_refused;
  auto [near, far] = make_pair();
  auto target = found->second;
  auto joint = wires_.back().lock();
  joint->addresses[1] = {"127.0.0.1", port};
  target->pending.push_back(std::move(far));
  if (target->waiter.ready && !target->waiter.notified) {
    target->waiter.notified = true;
    post([this, target] {
      target->waiter.notified = false;
      if (!target->waiter.ready) return;
      --waits_;
      auto run = std::exchange(target->waiter.ready, nullptr);
      run();
    });
  }
  co_return std::move(near);
}

task<void> simulation::offload(std::function<void()> work) {
  // The result reaches the caller a turn later, as it would from another thread.
  work();
  co_await wait_until(*this, now_);
}

void simulation::on_signals(std::vector<int> signals, std::function<void(int)> f) {
  signals_.emplace_back(std::move(signals), std::move(f));
}

void simulation::raise(int signal) {
  for (const auto& [numbers, handler] : signals_) {
    // A capture of its own: clang 14 cannot capture a structured binding.
    if (std::count(numbers.begin(), numbers.end(), signal)) {
      post([f = handler, signal] { f(signal); });
    }
  }
}

void simulation::kill_port(std::uint16_t port) {
  if (auto found = ports_.find(port); found != ports_.end()) found->second->pending.clear();
  for (auto& weak : wires_) {
    auto joint = weak.lock();
    if (!joint || joint->addresses[1].port != port) continue;
    for (pipe& p : joint->pipes) p.broken = true;
    for (unsigned end : {0u, 1u}) {
      for (auto d : {direction::read, direction::write}) {
        auto slots = joint->waiting[end];
        wait_slot& target = d == direction::read ? slots->read : slots->write;
        if (!target.ready || target.notified) continue;
        target.notified = true;
        post([this, slots, d] {
          wait_slot& s = d == direction::read ? slots->read : slots->write;
          s.notified = false;
          if (!s.ready) return;
          --waits_;
          auto run = std::exchange(s.ready, nullptr);
          run();
        });
      }
    }
  }
}

}  // namespace net
