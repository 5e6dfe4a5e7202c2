#include "net/memory_pipe.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace net {

namespace {

constexpr std::size_t capacity = 256 * 1024;

struct waiter {
  std::function<void()> ready;
  bool told = false;
};

// What both ends share; end i writes into lanes[i].
struct joint {
  struct lane {
    std::string octets;
    std::size_t read = 0;  // octets in front that were read
    bool ended = false;
    bool reader_gone = false;
    std::size_t size() const noexcept { return octets.size() - read; }
  };
  std::array<lane, 2> lanes;
  std::array<std::array<waiter, 2>, 2> waiting;  // by end and direction
  std::array<endpoint, 2> addresses;
  bool broken = false;
};

class pipe_end final : public stream {
 public:
  pipe_end(runtime& rt, std::shared_ptr<joint> both, unsigned end)
      : rt_(rt), both_(std::move(both)), end_(end) {}
  ~pipe_end() override { close(); }

  transfer try_read(std::span<char> into) override {
    joint::lane& in = both_->lanes[1 - end_];
    if (closed_ || both_->broken) return {0, errc::connection_lost};
    if (in.size() == 0) return {0, in.ended ? errc::end_of_stream : errc::would_block};
    const std::size_t size = std::min(into.size(), in.size());
    std::memcpy(into.data(), in.octets.data() + in.read, size);
    in.read += size;
    if (in.size() == 0) {
      in.octets = {};
      in.read = 0;
    }
    tell(1 - end_, direction::write);
    return {size, {}};
  }

  transfer try_write(std::span<const char> from) override {
    joint::lane& out = both_->lanes[end_];
    if (closed_ || both_->broken || out.reader_gone || out.ended) {
      return {0, errc::connection_lost};
    }
    if (out.size() >= capacity) return {0, errc::would_block};
    const std::size_t size = std::min(capacity - out.size(), from.size());
    out.octets.append(from.data(), size);
    tell(1 - end_, direction::read);
    return {size, {}};
  }

  void wait(direction d, std::function<void()> ready) override {
    both_->waiting[end_][std::size_t(d)].ready = std::move(ready);
    if (is_ready(d)) tell(end_, d);
  }
  void cancel_wait(direction d) noexcept override {
    both_->waiting[end_][std::size_t(d)].ready = nullptr;
  }
  void shutdown_write() override {
    if (closed_ || both_->lanes[end_].ended) return;
    both_->lanes[end_].ended = true;
    tell(1 - end_, direction::read);
  }
  void close() noexcept override {
    if (closed_) return;
    both_->lanes[end_].ended = true;
    both_->lanes[1 - end_].reader_gone = true;
    // As TCP: octets that nobody will read are answered with a reset.
    if (both_->lanes[1 - end_].size() > 0) both_->broken = true;
    closed_ = true;
    cancel_wait(direction::read);
    cancel_wait(direction::write);
    tell(1 - end_, direction::read);
    tell(1 - end_, direction::write);
  }
  void reset() noexcept override {
    if (!closed_) both_->broken = true;
    close();
  }
  endpoint local_endpoint() const override { return both_->addresses[end_]; }
  endpoint remote_endpoint() const override { return both_->addresses[1 - end_]; }

 private:
  bool is_ready(direction d) const {
    if (closed_ || both_->broken) return true;
    if (d == direction::read) {
      const joint::lane& in = both_->lanes[1 - end_];
      return in.size() > 0 || in.ended;
    }
    const joint::lane& out = both_->lanes[end_];
    return out.reader_gone || out.ended || out.size() < capacity;
  }

  void tell(unsigned end, direction d) {
    waiter& target = both_->waiting[end][std::size_t(d)];
    if (!target.ready || target.told) return;
    target.told = true;
    rt_.post([shared = both_, end, d] {
      waiter& w = shared->waiting[end][std::size_t(d)];
      w.told = false;
      if (!w.ready) return;
      auto run = std::exchange(w.ready, nullptr);
      run();
    });
  }

  runtime& rt_;
  std::shared_ptr<joint> both_;
  unsigned end_;
  bool closed_ = false;
};

}  // namespace

std::pair<std::unique_ptr<stream>, std::unique_ptr<stream>> make_memory_pipe(runtime& rt,
                                                                             endpoint near,
                                                                             endpoint far) {
  auto both = std::make_shared<joint>();
  both->addresses = {std::move(near), std::move(far)};
  return {std::make_unique<pipe_end>(rt, both, 0), std::make_unique<pipe_end>(rt, both, 1)};
}

}  // namespace net
