// The real runtime on loopback: what the simulation promises must hold here as well.
#include "net/real_runtime.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <set>

#include "net/files.hpp"
#include "net/name_lookup.hpp"
#include "net/ready_file.hpp"
#include "net/tls.hpp"

namespace net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RealRuntime : public ::testing::Test {
 protected:
  template <class T>
  T run(task<T> t) {
    std::optional<T> out;
    task_group group(*rt);
    auto body = [](task<T> inner, std::optional<T>& result, real_runtime& loop) -> task<void> {
      result.emplace(co_await inner);
      loop.stop();
    };
    auto watchdog = rt->make_timer();
    watchdog->start(rt->now() + seconds(20), [this] { rt->stop(); });
    group.spawn(body(std::move(t), out, *rt));
    if (!out) rt->run();
    if (!out) throw std::runtime_error("the task did not end in time");
    return std::move(*out);
  }
  std::unique_ptr<real_runtime> rt = make_real_runtime();
};

task<std::string> round_trip(runtime& rt, listener& at, std::string host, std::string text) {
  auto near = co_await rt.connect(std::move(host), at.local_endpoint().port);
  if (!near) co_return near.error().message();
  auto far = co_await at.accept();
  co_await write_all(**near, text);
  (*near)->shutdown_write();
  std::string all;
  std::string into(1000, '\0');
  while (true) {
    auto got = co_await read_some(**far, into);
    if (!got) co_return all;
    all.append(into.data(), *got);
  }
}

TEST_F(RealRuntime, CarriesOctetsOverLoopback) {
  auto at = std::move(*rt->listen({"127.0.0.1", 0}));
  EXPECT_NE(at->local_endpoint().port, 0);
  EXPECT_EQ(run(round_trip(*rt, *at, "127.0.0.1", "hello")), "hello");
}

TEST_F(RealRuntime, FindsLocalhostWhereverItListens) {
  auto four = std::move(*rt->listen({"127.0.0.1", 0}));
  EXPECT_EQ(run(round_trip(*rt, *four, "localhost", "v4")), "v4");
}

TEST_F(RealRuntime, ListensOnAllAddressesForBothFamilies) {
  auto all = std::move(*rt->listen({"", 0}));
  EXPECT_EQ(run(round_trip(*rt, *all, "127.0.0.1", "v4")), "v4");
}

TEST_F(RealRuntime, SaysThatNobodyListens) {
  std::uint16_t port = 0;
  {
    auto at = std::move(*rt->listen({"127.0.0.1", 0}));
    port = at->local_endpoint().port;
  }
  EXPECT_EQ(run(rt->connect("127.0.0.1", port)).error(), errc::connection_refused);
}

TEST_F(RealRuntime, SaysThatANameHasNoAddress) {
  EXPECT_EQ(run(rt->connect("nowhere.invalid", 1)).error(), errc::name_not_found);
}

TEST_F(RealRuntime, RefusesABusyPortAlsoWhenItsOwnerSharesIt) {
  for (const auto sharing : {port_sharing::exclusive, port_sharing::first}) {
    auto at = std::move(*rt->listen({"127.0.0.1", 0}, sharing));
    const endpoint same{"127.0.0.1", at->local_endpoint().port};
    EXPECT_EQ(rt->listen(same, port_sharing::exclusive).error(), errc::address_in_use);
    EXPECT_EQ(rt->listen(same, port_sharing::first).error(), errc::address_in_use);
  }
}

TEST_F(RealRuntime, SharesAPortAmongWorkersOfOurs) {
  auto first = std::move(*rt->listen({"127.0.0.1", 0}, port_sharing::first));
  const endpoint same{"127.0.0.1", first->local_endpoint().port};
  EXPECT_TRUE(rt->listen(same, port_sharing::next));
}

TEST_F(RealRuntime, TakesBackAPendingAcceptConnectAndRead) {
  // The runtime's own descriptors come with its first use.
  run(round_trip(*rt, **rt->listen({"127.0.0.1", 0}), "127.0.0.1", "x"));
  const auto before = open_descriptors();
  {
    auto at = std::move(*rt->listen({"127.0.0.1", 0}));
    auto waiting = [](listener& l) -> task<int> {
      auto got = co_await l.accept();
      co_return got ? 1 : 0;
    };
    EXPECT_FALSE(run(with_deadline(*rt, rt->now() + milliseconds(10), waiting(*at))));
    auto reading = [](runtime& world, listener& l) -> task<int> {
      auto near = co_await world.connect("127.0.0.1", l.local_endpoint().port);
      std::string into(10, '\0');
      static_cast<void>(co_await read_some(**near, into));
      co_return 0;
    };
    EXPECT_FALSE(run(with_deadline(*rt, rt->now() + milliseconds(10), reading(*rt, *at))));
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(RealRuntime, AStopThatComesBeforeRunIsNotLost) {
  for (int i = 0; i < 3; ++i) {
    rt->stop();
    rt->run();
  }
}

TEST_F(RealRuntime, RunsSlowWorkElsewhereAndComesBack) {
  auto work = [](runtime& world) -> task<int> {
    int value = 0;
    co_await world.offload([&value] { value = 42; });
    co_return value;
  };
  EXPECT_EQ(run(work(*rt)), 42);
}

TEST_F(RealRuntime, CarriesTlsOverTcp) {
  const auto who = crypto::make_development_identity(crypto::key_kind::ecdsa_p256,
                                                     std::chrono::system_clock::now());
  tls_context::client_options trust;
  trust.trusted = {who.leaf};
  auto at = std::move(*rt->listen({"127.0.0.1", 0}));
  auto serve = [](runtime& world, listener& l, std::shared_ptr<const tls_context> c) -> task<void> {
    auto plain = co_await l.accept();
    auto secured = co_await tls_accept(world, std::move(*plain), std::move(c));
    const std::string big(1 << 20, 'y');
    co_await write_all(**secured, big);
    (*secured)->shutdown_write();
    std::string into(10, '\0');
    static_cast<void>(co_await read_some(**secured, into));
  };
  auto use = [](runtime& world, std::uint16_t port,
                std::shared_ptr<const tls_context> c) -> task<std::size_t> {
    auto plain = co_await world.connect("127.0.0.1", port);
    auto secured = co_await tls_connect(world, std::move(*plain), std::move(c), "127.0.0.1");
    std::size_t all = 0;
    std::string into(65536, '\0');
    while (true) {
      auto got = co_await read_some(**secured, into);
      if (!got) co_return all;
      all += *got;
    }
  };
  task_group group(*rt);
  group.spawn(serve(*rt, *at, tls_context::server(who)));
  EXPECT_EQ(run(use(*rt, at->local_endpoint().port, tls_context::client(trust))), 1u << 20);
}

// Answers "slow" only once it is told to; remembers that by shared state, since it is used after
// the lookups have ended.
struct name_server {
  std::mutex guard;
  std::condition_variable changed;
  bool released = false;
  unsigned answered = 0;

  std::vector<std::string> ask(const std::string& host) {
    std::unique_lock lock(guard);
    if (host == "slow") changed.wait(lock, [this] { return released; });
    ++answered;
    changed.notify_all();
    return {"192.0.2.1", "2001:db8::1"};
  }
};

TEST(NameLookups, ASlowNameDelaysNeitherAnotherNorTheEnd) {
  const auto server = std::make_shared<name_server>();
  auto rt = make_real_runtime();
  {
    name_lookups lookups(*rt, [server](const std::string& host) { return server->ask(host); });
    std::vector<std::string> got;
    auto find = [](name_lookups& in, std::string host, real_runtime& on,
                   std::vector<std::string>& out) -> task<void> {
      out = co_await in.find(std::move(host));
      on.stop();
    };
    std::vector<std::string> never;
    task_group group(*rt);
    group.spawn(find(lookups, "slow", *rt, never));
    group.spawn(find(lookups, "fast", *rt, got));
    rt->run();
    EXPECT_EQ(got, (std::vector<std::string>{"192.0.2.1", "2001:db8::1"}));
    EXPECT_TRUE(never.empty());
  }
  rt.reset();  // with "slow" still on its way
  std::unique_lock lock(server->guard);
  server->released = true;
  server->changed.notify_all();
  server->changed.wait(lock, [&] { return server->answered == 2; });
}

TEST(NameLookups, MoreNamesThanThreadsAreAllFound) {
  auto rt = make_real_runtime();
  name_lookups lookups(*rt, [](const std::string& host) { return std::vector{host}; });
  std::set<std::string> got;
  auto find = [](name_lookups& in, std::string host, real_runtime& on,
                 std::set<std::string>& out) -> task<void> {
    const auto found = co_await in.find(std::move(host));
    out.insert(found.at(0));
    if (out.size() == 100) on.stop();
  };
  task_group group(*rt);
  for (int i = 0; i < 100; ++i) group.spawn(find(lookups, std::to_string(i), *rt, got));
  rt->run();
  EXPECT_EQ(got.size(), 100u);
}

TEST(NameLookups, TheSystemKnowsLocalhost) {
  EXPECT_FALSE(system_lookup("localhost").empty());
  EXPECT_TRUE(system_lookup("no-such-name.invalid").empty());
}

TEST(ReadyFile, IsWrittenWholeAndRemovedAtTheEnd) {
  const std::string path = ::testing::TempDir() + "pumphouse-ready-test.json";
  {
    ready_file file;
    EXPECT_FALSE(file.write(path, {{"ws", {}, {"127.0.0.1", 7}, "ws://localhost:7/"}}));
    const auto text = read_file(path, 1000);
    ASSERT_TRUE(text);
    EXPECT_NE(text->find("\"listeners\":[{\"name\":\"ws\",\"bind\":\"127.0.0.1\",\"port\":7"),
              std::string::npos)
        << *text;
  }
  EXPECT_EQ(stat_file(path).error(), errc::not_found);
}

TEST(Files, ResolveAgainstAFolderAndNeverReadTooMuch) {
  EXPECT_EQ(join_path("/a/b/c", "../../x.p12"), "/a/x.p12");
  EXPECT_EQ(join_path("/a", "conf\\x.p12"), "/a/conf/x.p12");
  EXPECT_EQ(join_path("/a", "/etc/x"), "/etc/x");
  const std::string path = ::testing::TempDir() + "pumphouse-files-test";
  ASSERT_FALSE(write_file_atomic(path, "12345"));
  EXPECT_EQ(read_file(path, 4).error(), errc::too_large);
  EXPECT_EQ(*read_file_part(path, 1, 3), "234");
  EXPECT_EQ(stat_file(path)->kind, file_kind::regular);
  remove_file(path);
  EXPECT_EQ(read_file(path, 4).error(), errc::not_found);
  EXPECT_EQ(stat_file("/").operator->()->kind, file_kind::directory);
}

}  // namespace
}  // namespace net
