#include "net/clocked_runtime.hpp"

#include <algorithm>
#include <map>

namespace net {

namespace {

// Due timers in order. A timer that is started again stands behind those of the same time.
class clock_timer;
using timer_key = std::pair<time_point, std::uint64_t>;
using timer_queue = std::map<timer_key, clock_timer*>;

class clocked final : public clocked_runtime {
 public:
  clocked(runtime& inner, double scale)
      : inner_(inner),
        scale_(scale),
        began_below_(inner.now()),
        anchor_(began_below_),
        anchor_below_(began_below_),
        wall_begin_(inner.wall_now()),
        alarm_(inner.make_timer()) {}

  time_point now() const override { return anchor_ + scaled(inner_.now() - anchor_below_, scale_); }
  wall_time wall_now() const override {
    return wall_begin_ + std::chrono::duration_cast<wall_time::duration>(now() - began_below_);
  }
  std::unique_ptr<timer> make_timer() override;

  void post(std::function<void()> f) override { inner_.post(std::move(f)); }
  void post_from_any_thread(std::function<void()> f) override {
    inner_.post_from_any_thread(std::move(f));
  }
  std::uint64_t random() override { return inner_.random(); }
  using runtime::listen;
  result<std::unique_ptr<listener>> listen(const endpoint& at, port_sharing sharing) override {
    return inner_.listen(at, sharing);
  }
  task<result<std::unique_ptr<stream>>> connect(std::string host, std::uint16_t port) override {
    return inner_.connect(std::move(host), port);
  }
  task<void> offload(std::function<void()> work) override {
    return inner_.offload(std::move(work));
  }
  void on_signals(std::vector<int> signals, std::function<void(int)> f) override {
    inner_.on_signals(std::move(signals), std::move(f));
  }

  double scale() const override { return scale_; }
  duration advanced() const override { return advanced_; }
  task<bool> advance(duration by) override {
    if (std::exchange(advancing_, true)) co_return false;
    const moving until_the_end(advancing_);
    const time_point target = now() + by;
    advanced_ += by;
    for (std::size_t step = 0; step < most_steps && !queue_.empty(); ++step) {
      const time_point next = queue_.begin()->first.first;
      if (next > target) break;
      jump_to(next);
      fire_due();
      co_await next_turn(inner_);
    }
    jump_to(target);
    arm();
    co_return true;
  }

  void add(timer_key key, clock_timer* who) {
    queue_.emplace(key, who);
    if (queue_.begin()->second == who) arm();
  }
  void remove(const timer_key& key) { queue_.erase(key); }
  std::uint64_t next_number() { return ++last_number_; }

 private:
  // Ends with the advance, also when that is cancelled.
  class moving {
   public:
    explicit moving(bool& flag) : flag_(flag) {}
    moving(const moving&) = delete;
    moving& operator=(const moving&) = delete;
    ~moving() { flag_ = false; }

   private:
    bool& flag_;
  };

  // Longer than anything waits; keeps products of far deadlines in range.
  static constexpr duration far = std::chrono::hours(24 * 365);
  static duration scaled(duration d, double factor) {
    const double most = double(far.count());
    const double nanoseconds = std::clamp(double(d.count()) * factor, -most, most);
    return duration(static_cast<duration::rep>(nanoseconds));
  }

  // Never backwards: real time may have passed the goal already.
  void jump_to(time_point t) {
    const time_point here = std::max(now(), t);
    anchor_below_ = inner_.now();
    anchor_ = here;
  }

  void arm() {
    if (queue_.empty()) return alarm_->cancel();
    const duration left = scaled(queue_.begin()->first.first - now(), 1 / scale_);
    alarm_->start(inner_.now() + left, [this] { fire_due(); });
  }

  void fire_due();

  runtime& inner_;
  double scale_;
  time_point began_below_;
  time_point anchor_;  // our time when the clock below said anchor_below_
  time_point anchor_below_;
  wall_time wall_begin_;
  std::unique_ptr<timer> alarm_;  // for the first of the queue
  timer_queue queue_;
  std::uint64_t last_number_ = 0;
  duration advanced_{};
  bool advancing_ = false;
};

class clock_timer final : public timer {
 public:
  explicit clock_timer(clocked& of) : clock_(of) {}
  ~clock_timer() override { cancel(); }
  void start(time_point at, std::function<void()> expired) override {
    cancel();
    expired_ = std::move(expired);
    key_ = {at, clock_.next_number()};
    clock_.add(key_, this);
  }
  void cancel() noexcept override {
    if (!expired_) return;
    expired_ = nullptr;
    clock_.remove(key_);
  }
  // Its callback, once it has left the queue.
  std::function<void()> take() { return std::exchange(expired_, nullptr); }

 private:
  clocked& clock_;
  timer_key key_{};
  std::function<void()> expired_;
};

std::unique_ptr<timer> clocked::make_timer() { return std::make_unique<clock_timer>(*this); }

void clocked::fire_due() {
  // Those that callbacks start have a turn of their own.
  const std::uint64_t newest = last_number_;
  const time_point here = now();
  while (!queue_.empty()) {
    const auto first = queue_.begin();
    if (first->first.first > here || first->first.second > newest) break;
    const auto run = first->second->take();
    queue_.erase(first);
    run();
  }
  arm();
}

}  // namespace

std::unique_ptr<clocked_runtime> make_clocked_runtime(runtime& inner, double scale) {
  return std::make_unique<clocked>(inner, scale);
}

}  // namespace net
