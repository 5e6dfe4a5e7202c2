#include "net/real_runtime.hpp"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cerrno>
#include <filesystem>
#include <map>
#include <random>

#include "net/name_lookup.hpp"

namespace net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost_error = boost::system::error_code;

namespace {

errc from_errno(int number) {
  switch (number) {
    case EAGAIN:
    case EINPROGRESS:
      return errc::would_block;
    case ECONNREFUSED:
      return errc::connection_refused;
    case ECONNRESET:
    case EPIPE:
    case ENOTCONN:
    case ECONNABORTED:
    case EBADF:
      return errc::connection_lost;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
    case ENETDOWN:
      return errc::unreachable;
    case ETIMEDOUT:
      return errc::timed_out;
    case EADDRINUSE:
      return errc::address_in_use;
    case EACCES:
    case EPERM:
      return errc::permission_denied;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return errc::no_descriptors;
    default:
      return errc::other;
  }
}

errc from_boost(const boost_error& error) {
  if (error.category() == boost::system::system_category()) return from_errno(error.value());
  if (error == asio::error::operation_aborted) return errc::cancelled;
  return errc::name_not_found;
}

endpoint to_endpoint(const tcp::endpoint& e) {
  auto address = e.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return {address.to_string(), e.port()};
}

// Waits for readiness of one direction of a socket. Asio cannot take back a single wait, so one
// stays registered and its callback may be exchanged or dropped meanwhile.
class socket_wait {
 public:
  template <class Socket>
  void arm(Socket& socket, tcp::socket::wait_type kind, std::function<void()> ready) {
    state_->ready = std::move(ready);
    if (std::exchange(state_->registered, true)) return;
    socket.async_wait(kind, [s = state_](const boost_error&) {
      s->registered = false;
      if (s->ready) std::exchange(s->ready, nullptr)();
    });
  }
  void drop() noexcept { state_->ready = nullptr; }

 private:
  struct state {
    std::function<void()> ready;
    bool registered = false;
  };
  std::shared_ptr<state> state_ = std::make_shared<state>();
};

class tcp_stream final : public stream {
 public:
  explicit tcp_stream(tcp::socket socket) : socket_(std::move(socket)) {
    boost_error ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.set_option(tcp::socket::keep_alive(true), ignored);
    const auto local = socket_.local_endpoint(ignored);
    const auto remote = socket_.remote_endpoint(ignored);
    local_ = to_endpoint(local);
    remote_ = to_endpoint(remote);
  }
  ~tcp_stream() override { close(); }

  transfer try_read(std::span<char> into) override {
    while (true) {
      const auto got = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
      if (got > 0) return {std::size_t(got), {}};
      if (got == 0) return {0, errc::end_of_stream};
      if (errno != EINTR) return {0, from_errno(errno)};
    }
  }
  transfer try_write(std::span<const char> from) override {
    while (true) {
      const auto put = ::send(socket_.native_handle(), from.data(), from.size(), MSG_NOSIGNAL);
      if (put >= 0) return {std::size_t(put), {}};
      if (errno != EINTR) return {0, from_errno(errno)};
    }
  }
  void wait(direction d, std::function<void()> ready) override {
    if (d == direction::read) {
      read_.arm(socket_, tcp::socket::wait_read, std::move(ready));
    } else {
      write_.arm(socket_, tcp::socket::wait_write, std::move(ready));
    }
  }
  void cancel_wait(direction d) noexcept override {
    (d == direction::read ? read_ : write_).drop();
  }
  void shutdown_write() override {
    boost_error ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }
  void close() noexcept override {
    read_.drop();
    write_.drop();
    boost_error ignored;
    socket_.close(ignored);
  }
  void reset() noexcept override {
    boost_error ignored;
    socket_.set_option(tcp::socket::linger(true, 0), ignored);
    close();
  }
  endpoint local_endpoint() const override { return local_; }
  endpoint remote_endpoint() const override { return remote_; }

 private:
  tcp::socket socket_;
  socket_wait read_;
  socket_wait write_;
  endpoint local_;
  endpoint remote_;
};

// Awaitable over an Asio operation: `start` gets a handler that may outlive us; `cancel` is called
// when we are destroyed first.
template <class T>
class operation {
 public:
  using handler = std::function<void(T)>;
  operation(std::function<void(handler)> start, std::function<void()> cancel)
      : start_(std::move(start)), cancel_(std::move(cancel)) {}
  operation(const operation&) = delete;
  operation& operator=(const operation&) = delete;
  ~operation() {
    if (!state_->waiter) return;
    state_->waiter = nullptr;
    cancel_();
  }
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    state_->waiter = h;
    start_([s = state_](T value) {
      s->value.emplace(std::move(value));
      if (auto w = std::exchange(s->waiter, nullptr)) w.resume();
    });
  }
  T await_resume() { return std::move(*state_->value); }

 private:
  struct state {
    std::optional<T> value;
    std::coroutine_handle<> waiter;
  };
  std::shared_ptr<state> state_ = std::make_shared<state>();
  std::function<void(handler)> start_;
  std::function<void()> cancel_;
};

class tcp_listener final : public listener {
 public:
  explicit tcp_listener(tcp::acceptor acceptor) : acceptor_(std::move(acceptor)) {}
  ~tcp_listener() override {
    wait_.drop();
    boost_error ignored;
    acceptor_.close(ignored);
  }

  task<result<std::unique_ptr<stream>>> accept() override {
    while (true) {
      boost_error error;
      tcp::socket socket = acceptor_.accept(error);
      if (!error) {
        co_return std::unique_ptr<stream>(std::make_unique<tcp_stream>(std::move(socket)));
      }
      const errc why = from_boost(error);
      if (why == errc::connection_lost && error.value() == ECONNABORTED) continue;
      if (why != errc::would_block) co_return why;
      co_await arrival{*this};
    }
  }
  endpoint local_endpoint() const override {
    boost_error ignored;
    const auto e = acceptor_.local_endpoint(ignored);
    return {e.address().is_unspecified() ? "0.0.0.0" : e.address().to_string(), e.port()};
  }

 private:
  struct arrival {
    explicit arrival(tcp_listener& l) : owner(l) {}
    arrival(const arrival&) = delete;
    ~arrival() { owner.wait_.drop(); }
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) {
      owner.wait_.arm(owner.acceptor_, tcp::acceptor::wait_read, [h] { h.resume(); });
    }
    void await_resume() const noexcept {}
    tcp_listener& owner;
  };

  tcp::acceptor acceptor_;
  socket_wait wait_;
};

class asio_timer final : public timer {
 public:
  explicit asio_timer(asio::io_context& context) : timer_(context) {}
  ~asio_timer() override { *generation_ = 0; }
  void start(time_point at, std::function<void()> expired) override {
    const std::uint64_t mine = *generation_ = ++count_;
    timer_.expires_at(at);
    timer_.async_wait([g = generation_, mine, f = std::move(expired)](const boost_error&) {
      if (*g != mine) return;
      *g = 0;
      f();
    });
  }
  void cancel() noexcept override {
    if (std::exchange(*generation_, 0) != 0) {
      boost_error ignored;
      timer_.cancel(ignored);
    }
  }

 private:
  asio::steady_timer timer_;
  std::uint64_t count_ = 0;
  std::shared_ptr<std::uint64_t> generation_ = std::make_shared<std::uint64_t>(0);
};

// Standard input, read when there is something: files and /dev/null cannot be waited for and always
// have.
class line_input {
 public:
  explicit line_input(asio::io_context& context) : descriptor_(context) {
    const int copy = ::dup(STDIN_FILENO);
    boost_error error;
    descriptor_.assign(copy, error);
    is_waited_for_ = !error;
    if (error && copy >= 0) ::close(copy);
  }

  task<std::optional<std::string>> next() {
    constexpr std::size_t longest = std::size_t{1} << 20U;
    while (true) {
      const auto end = held_.find('\n');
      if (end != held_.npos || held_.size() >= longest) {
        std::optional<std::string> line(held_.substr(0, end));
        held_.erase(0, end == held_.npos ? end : end + 1);
        co_return line;
      }
      if (is_waited_for_) {
        auto start = [this](operation<int>::handler done) {
          descriptor_.async_wait(asio::posix::stream_descriptor::wait_read,
                                 [done](const boost_error&) { done(0); });
        };
        auto cancel = [this] { descriptor_.cancel(); };
        co_await operation<int>(start, cancel);
      }
      std::array<char, 4096> into{};
      const auto got = ::read(STDIN_FILENO, into.data(), into.size());
      if (got < 0 && errno == EINTR) continue;
      if (got > 0) {
        held_.append(into.data(), std::size_t(got));
        continue;
      }
      if (held_.empty()) co_return std::nullopt;
      co_return std::optional<std::string>(std::exchange(held_, {}));
    }
  }

 private:
  asio::posix::stream_descriptor descriptor_;
  bool is_waited_for_ = false;
  std::string held_;
};

class asio_runtime final : public real_runtime {
 public:
  asio_runtime() = default;
  ~asio_runtime() override {
    if (pool_) pool_->join();
  }

  void run() override {
    auto guard = asio::make_work_guard(context_);
    context_.run();
    context_.restart();  // afterwards, so that a stop() that comes before run() is not lost
  }
  void stop() override { context_.stop(); }

  task<std::optional<std::string>> next_input_line() override {
    if (!input_) input_ = std::make_unique<line_input>(context_);
    co_return co_await input_->next();
  }

  time_point now() const override { return std::chrono::steady_clock::now(); }
  wall_time wall_now() const override { return std::chrono::system_clock::now(); }
  std::unique_ptr<timer> make_timer() override { return std::make_unique<asio_timer>(context_); }
  void post(std::function<void()> f) override { asio::post(context_, std::move(f)); }
  void post_from_any_thread(std::function<void()> f) override { post(std::move(f)); }
  std::uint64_t random() override {
    return (std::uint64_t(random_device_()) << 32) ^ random_device_();
  }

  using runtime::listen;
  result<std::unique_ptr<listener>> listen(const endpoint& at, port_sharing sharing) override {
    if (sharing == port_sharing::first && at.port != 0) {
      auto probe = bind(at, false);
      if (!probe) return probe.error();
    }
    auto acceptor = bind(at, sharing != port_sharing::exclusive);
    if (!acceptor) return acceptor.error();
    boost_error error;
    acceptor->listen(1024, error);
    if (error) return from_boost(error);
    acceptor->non_blocking(true, error);
    return std::unique_ptr<listener>(std::make_unique<tcp_listener>(std::move(*acceptor)));
  }

  task<result<std::unique_ptr<stream>>> connect(std::string host, std::uint16_t port) override {
    auto found = co_await resolve(std::move(host), port);
    if (!found) co_return found.error();
    std::error_code last = errc::name_not_found;
    for (std::size_t i = 0; i < found->size(); ++i) {
      // An address that swallows our packets must not use up the caller's time for the others.
      const bool others = i + 1 < found->size();
      auto attempt = connect_to((*found)[i]);
      if (others) attempt = within(*this, address_time, std::move(attempt));
      auto opened = co_await attempt;
      if (opened) co_return std::move(opened);
      last = opened.error();
    }
    co_return last;
  }

  task<void> offload(std::function<void()> work) override {
    if (!pool_) pool_ = std::make_unique<asio::thread_pool>(1);
    auto start = [this, w = std::move(work)](operation<int>::handler done) {
      // The handler holds coroutine state of this thread: only run and drop it here.
      auto box = std::make_shared<operation<int>::handler>(std::move(done));
      asio::post(*pool_, [this, w, box = std::move(box)]() mutable {
        w();
        asio::post(context_, [box = std::move(box)] { (*box)(0); });
      });
    };
    co_await operation<int>(start, [] {});
  }

  void on_signals(std::vector<int> signals, std::function<void(int)> f) override {
    auto set = std::make_shared<asio::signal_set>(context_);
    for (const int number : signals) set->add(number);
    wait_signal(*set, f);
    signal_sets_.push_back(std::move(set));
  }

 private:
  using endpoints = std::vector<tcp::endpoint>;

  // How long one of several addresses of a name is tried.
  static constexpr duration address_time = std::chrono::seconds(3);

  task<result<std::unique_ptr<stream>>> connect_to(tcp::endpoint target) {
    auto socket = std::make_shared<tcp::socket>(context_);
    auto start = [socket, target](operation<boost_error>::handler done) {
      socket->async_connect(target, done);
    };
    auto cancel = [socket] {
      boost_error ignored;
      socket->close(ignored);
    };
    const boost_error error = co_await operation<boost_error>(start, cancel);
    if (error) co_return from_boost(error);
    co_return std::unique_ptr<stream>(std::make_unique<tcp_stream>(std::move(*socket)));
  }

  result<tcp::acceptor> bind(const endpoint& at, bool share) {
    boost_error error;
    const bool all = at.address.empty();
    const auto address = asio::ip::make_address(all ? "::" : at.address, error);
    if (error) return errc::name_not_found;
    auto acceptor = bind_one({address, at.port}, share, error);
    if (error && all && from_boost(error) == errc::unreachable) {
      acceptor = bind_one({asio::ip::address_v4::any(), at.port}, share, error);
    }
    if (error) return from_boost(error);
    return acceptor;
  }

  tcp::acceptor bind_one(const tcp::endpoint& at, bool share, boost_error& error) {
    tcp::acceptor acceptor(context_);
    acceptor.open(at.protocol(), error);
    if (error) return acceptor;
    acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (at.address().is_v6()) {
      acceptor.set_option(asio::ip::v6_only(!at.address().is_unspecified()), error);
    }
    const int on = 1;
    if (share) ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    acceptor.bind(at, error);
    return acceptor;
  }

  task<result<endpoints>> resolve(std::string host, std::uint16_t port) {
    boost_error error;
    const auto numeric = asio::ip::make_address(host, error);
    if (!error) co_return endpoints{{numeric, port}};
    const auto found = co_await lookups_.find(std::move(host));
    endpoints all;
    for (const auto& text : found) {
      const auto address = asio::ip::make_address(text, error);
      if (!error) all.emplace_back(address, port);
    }
    if (all.empty()) co_return errc::name_not_found;
    co_return std::move(all);
  }

  static void wait_signal(asio::signal_set& set, std::function<void(int)> f) {
    set.async_wait([&set, f](const boost_error& error, int number) {
      if (error) return;
      wait_signal(set, f);
      f(number);
    });
  }

  asio::io_context context_{1};
  name_lookups lookups_{*this, system_lookup};
  std::random_device random_device_;
  std::unique_ptr<asio::thread_pool> pool_;
  std::unique_ptr<line_input> input_;
  std::vector<std::shared_ptr<asio::signal_set>> signal_sets_;
};

}  // namespace

std::unique_ptr<real_runtime> make_real_runtime() {
  // Who starts us may have closed the standard streams; nothing of ours may get their numbers.
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(number, F_GETFD) == -1 && ::open("/dev/null", O_RDWR) != number) break;
  }
  return std::make_unique<asio_runtime>();
}

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

std::map<int, std::string> named_descriptors() {
  const std::string folder = "/proc/" + std::to_string(::getpid()) + "/fd";
  std::map<int, std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::string name = std::filesystem::read_symlink(entry.path(), gone).string();
    if (!gone && name != folder) found[std::stoi(entry.path().filename().string())] = name;
  }
  return found;
}

}  // namespace net
