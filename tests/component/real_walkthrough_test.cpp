// The reference story on real sockets, with one worker and with two that share their ports. Every
// part has its own thread, so this is also what the thread sanitizer looks at.
#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <future>

#include "net/background.hpp"
#include "net/threads.hpp"
#include "stomp-client/blocking_client.hpp"
#include "world.hpp"

namespace component {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

// A broker on a thread of its own, on free ports.
class broker_process {
 public:
  explicit broker_process(std::uint16_t port = 0) {
    mockbroker::server_options o;
    o.broker.start = rt_->now();
    o.broker.wall_start = rt_->wall_now();
    shell_ = std::make_unique<mockbroker::server>(*rt_, net::null_log(), std::move(o));
    auto listener = rt_->listen({"127.0.0.1", port});
    if (!listener) throw std::runtime_error("no port for the broker");
    port_ = (*listener)->local_endpoint().port;
    shell_->serve_websocket(std::move(*listener), nullptr);
    thread_.start([this] { rt_->run(); });
  }
  ~broker_process() {
    rt_->stop();
    thread_.join();
    shell_.reset();
  }
  std::uint16_t port() const { return port_; }

  template <class T>
  T ask(std::function<T(mockbroker::broker&)> question) {
    std::promise<T> answer;
    rt_->post_from_any_thread([&] { answer.set_value(question(shell_->broker())); });
    return answer.get_future().get();
  }
  void publish(const std::string& to, const std::string& text) {
    ask<int>([&](mockbroker::broker& b) {
      b.publish(to, text, {}, rt_->now());
      return 0;
    });
  }
  std::uint64_t octets_written() {
    return ask<std::uint64_t>([](mockbroker::broker& b) {
      std::uint64_t sum = 0;
      for (const auto& c : b.connections()) sum += c.bytes_out;
      return sum;
    });
  }

 private:
  std::unique_ptr<net::real_runtime> rt_ = net::make_real_runtime();
  std::unique_ptr<mockbroker::server> shell_;
  std::uint16_t port_ = 0;
  net::thread_set thread_;
};

// The gateway's workers, as the program runs them.
class gateway_process {
 public:
  gateway_process(const std::string& folder, unsigned threads, std::uint16_t broker_port) {
    gateway::application_options options;
    for (const std::uint16_t port : example_ports) options.ports[port] = 0;
    options.ports[61614] = broker_port;
    std::vector<gateway::bound_gateway> bound;
    for (unsigned i = 0; i < threads; ++i) {
      runtimes_.push_back(net::make_real_runtime());
      runtimes_.back()->number_connections(i, threads);
      auto one = gateway::bind_gateway(*runtimes_.back(), std::string(websocket_stomp),
                                       "proxies.xml", folder, options,
                                       i == 0 ? net::port_sharing::first : net::port_sharing::next);
      if (one.code != gateway::exit_code::done) throw std::runtime_error(one.errors.front());
      for (std::size_t l = 0; l < one.value.listeners.size(); ++l) {
        const auto written = one.value.config->settings->listeners[l].written_port;
        options.ports[written] = one.value.listeners[l]->local_endpoint().port;
      }
      bound.push_back(std::move(one.value));
    }
    ports_ = options.ports;
    std::vector<gateway::worker*> all;
    for (auto& rt : runtimes_) {
      workers_.push_back(
          std::make_unique<gateway::worker>(*rt, net::null_log(), gateway::worker_options{}));
      all.push_back(workers_.back().get());
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i]->set_peers(all);
      all[i]->start(bound[i].config, std::move(bound[i].listeners));
    }
    for (auto& rt : runtimes_) {
      threads_.start([r = rt.get()] { r->run(); });
    }
  }
  ~gateway_process() {
    for (auto& rt : runtimes_) rt->stop();
    threads_.join();
    workers_.clear();
  }
  std::uint16_t port(std::uint16_t written) const { return ports_.at(written); }

  // Drains every worker on its own thread; answers when all have ended.
  void drain() {
    std::vector<std::future<void>> ended;
    std::vector<std::unique_ptr<net::task_group>> groups(workers_.size());
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      auto done = std::make_shared<std::promise<void>>();
      ended.push_back(done->get_future());
      runtimes_[i]->post_from_any_thread([this, i, done, &groups] {
        auto run = [](gateway::worker& w, net::real_runtime& rt,
                      std::shared_ptr<std::promise<void>> d) -> net::task<void> {
          co_await w.drain(seconds(10));
          rt.post([d] { d->set_value(); });
        };
        groups[i] = std::make_unique<net::task_group>(*runtimes_[i]);
        groups[i]->spawn(run(*workers_[i], *runtimes_[i], done));
      });
    }
    for (auto& e : ended) e.get();
    for (auto& rt : runtimes_) rt->stop();
    threads_.join();
  }

 private:
  std::vector<std::unique_ptr<net::real_runtime>> runtimes_;
  std::vector<std::unique_ptr<gateway::worker>> workers_;
  std::map<std::uint16_t, std::uint16_t> ports_;
  net::thread_set threads_;
};

net::task<page> call_page(net::runtime& rt, std::uint16_t port, std::string target,
                          std::shared_ptr<const net::tls_context> trust) {
  page got;
  auto connection = co_await rt.connect("localhost", port);
  if (!connection) co_return got;
  if (trust) connection = co_await net::tls_connect(rt, std::move(*connection), trust, "localhost");
  if (!connection) co_return got;
  net::http_request request;
  request.target = std::move(target);
  request.headers.add("Host", "localhost");
  request.headers.add("Authorization", "Basic " + crypto::base64_encode("admin:membrane"));
  auto answer = co_await net::http_call(rt, std::move(*connection), request, {});
  if (!answer) co_return got;
  auto text = co_await net::read_all(answer->response.body.get(), 1 << 20);
  got.status = answer->response.status;
  if (text) got.body = *text;
  co_return std::move(got);
}

class RealWalkthrough : public ::testing::TestWithParam<unsigned> {
 protected:
  page fetch(std::uint16_t written, const std::string& target, bool tls = false) {
    const auto port = gateway.port(written);
    const auto trust = tls ? folder.trust() : nullptr;
    auto got = http.call<page>([&] { return call_page(http.runtime(), port, target, trust); },
                               seconds(10));
    return got ? *got : page{};
  }
  boost::json::array streams() {
    const auto got = fetch(9000, "/admin/rest/streams");
    if (got.status != 200) throw std::runtime_error("no console: " + std::to_string(got.status));
    return boost::json::parse(got.body).at("streams").as_array();
  }
  std::uint64_t received() {
    std::uint64_t sum = 0;
    const auto rows = streams();
    for (std::size_t i = 1; i < rows.size(); i += 2) {
      sum += rows[i].at("bytes").to_number<std::uint64_t>();
    }
    return sum;
  }
  std::unique_ptr<stomp_client::blocking_client> connect() {
    stomp_client::options o;
    o.tls = folder.trust();
    return std::make_unique<stomp_client::blocking_client>(
        "wss://localhost:" + std::to_string(gateway.port(4443)) + "/", o);
  }
  // Asks the console until it lists `count` rows; each question is a round trip.
  bool lists(std::size_t count) {
    const auto end = http.runtime().now() + seconds(10);
    while (streams().size() != count) {
      if (http.runtime().now() > end) return false;
    }
    return true;
  }

  example_folder folder;
  std::unique_ptr<broker_process> broker = std::make_unique<broker_process>();
  gateway_process gateway{folder.path(), GetParam(), broker->port()};
  net::background http;
};

TEST_P(RealWalkthrough, ShowsTwoPumpsAndCountsWhatTheBrokerWrote) {
  EXPECT_TRUE(streams().empty());
  EXPECT_EQ(fetch(4443, "/", true).body, "<h1>page</h1>");
  auto c = connect();
  ASSERT_TRUE(c->subscribe("/queue/foo")) << c->error();
  ASSERT_EQ(streams().size(), 2u);
  const auto before = received();
  const auto written = broker->octets_written();
  broker->publish("/queue/foo", "hello");
  const auto message = c->next(seconds(10));
  ASSERT_TRUE(message) << c->error();
  EXPECT_EQ(message->body, "hello");
  const auto frame = broker->octets_written() - written;
  EXPECT_EQ(received() - before, frame + (frame < 126 ? 2 : 4));
  c->disconnect();
  EXPECT_TRUE(lists(0));
}

TEST_P(RealWalkthrough, TheConsoleOfAnyWorkerListsTheTunnelsOfAll) {
  std::vector<std::unique_ptr<stomp_client::blocking_client>> all;
  for (std::size_t i = 1; i <= 12; ++i) {
    all.push_back(connect());
    ASSERT_TRUE(all.back()->subscribe("/topic/all")) << all.back()->error();
    EXPECT_EQ(streams().size(), 2 * i);
  }
  // Connections land on either worker; each console call may too.
  for (int i = 0; i < 10; ++i) EXPECT_EQ(streams().size(), 24u);
  std::set<std::uint64_t> ids;
  for (const auto& row : streams()) {
    ids.insert(boost::json::value_to<std::uint64_t>(row.at("id")));
  }
  EXPECT_EQ(ids.size(), 12u);
  broker->publish("/topic/all", std::string(100'000, 'x'));
  for (auto& c : all) {
    const auto message = c->next(seconds(10));
    ASSERT_TRUE(message) << c->error();
    EXPECT_EQ(message->body.size(), 100'000u);
  }
  all.clear();
  EXPECT_TRUE(lists(0));
}

TEST_P(RealWalkthrough, ALostBrokerIsToldUnlistedAndReplaced) {
  auto c = connect();
  ASSERT_TRUE(c->subscribe("/queue/foo"));
  const auto port = broker->port();
  broker.reset();
  EXPECT_FALSE(c->next(seconds(10)));
  EXPECT_THAT(c->error(), HasSubstr("upstream connection lost"));
  EXPECT_TRUE(lists(0));
  EXPECT_THROW(connect(), std::runtime_error);
  broker = std::make_unique<broker_process>(port);
  EXPECT_TRUE(connect()->subscribe("/queue/foo"));
}

TEST_P(RealWalkthrough, DrainTellsEveryClientAndEnds) {
  std::vector<std::unique_ptr<stomp_client::blocking_client>> all;
  for (int i = 0; i < 6; ++i) all.push_back(connect());
  auto waiting = std::async(std::launch::async, [&] {
    std::string said;
    for (auto& c : all) {
      c->next(seconds(10));
      said += c->error() + ";";
    }
    return said;
  });
  gateway.drain();
  const auto said = waiting.get();
  EXPECT_THAT(said, HasSubstr("shutting down"));
}

INSTANTIATE_TEST_SUITE_P(Workers, RealWalkthrough, ::testing::Values(1u, 2u));

}  // namespace
}  // namespace component
