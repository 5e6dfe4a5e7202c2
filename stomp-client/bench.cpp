#include "stomp-client/bench.hpp"

#include <algorithm>
#include <bit>
#include <boost/json.hpp>
#include <cmath>
#include <cstdio>
#include <deque>
#include <map>

namespace stomp_client {

namespace {

using std::chrono::microseconds;

constexpr const char* mark = "bench-number";  // header of our messages: run and number
constexpr std::size_t most_reasons = 5;

double milliseconds_of(microseconds t) { return double(t.count()) / 1000; }

std::string counted(std::uint64_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

std::string fixed(double number, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, number);
  return text;
}

// What all connections share.
struct tally {
  bench what;
  std::string run;
  net::time_point end;  // of sending
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t errors = 0;
  std::map<std::string, std::uint64_t> reasons;
  latencies times;

  bool may_send(net::time_point now) const {
    return (what.messages == 0 || sent < what.messages) && (what.time.count() == 0 || now < end);
  }
  void fail(const std::string& reason, std::uint64_t times_seen = 1) {
    errors += times_seen;
    if (reasons.contains(reason) || reasons.size() < most_reasons) reasons[reason] += times_seen;
  }
};

class connection {
 public:
  connection(net::runtime& rt, tally& all, unsigned number)
      : rt_(rt),
        all_(all),
        destination_(all.what.destination + "." + std::to_string(number)),
        body_(all.what.size, 'x') {}

  // Connects and subscribes.
  net::task<exit_code> begin(url to, options chosen) {
    std::string why;
    auto made = co_await client::connect(rt_, std::move(to), std::move(chosen), why);
    if (!made) {
      all_.fail("cannot connect: " + why);
      co_return made.error() == net::errc::timed_out ? exit_code::timed_out
                                                     : exit_code::cannot_connect;
    }
    client_ = std::move(*made);
    const net::time_point limit = rt_.now() + all_.what.timeout;
    auto first = co_await net::with_deadline(rt_, limit, client_->next());
    if (!first) co_return late("CONNECTED");
    if (first->what != event::kind::connected) co_return broken(*first);
    const auto sent = client_->session().subscribe(destination_, stomp::ack_mode::automatic, {},
                                                   stomp::want_receipt::yes, client_->now());
    if (sent.error) {
      all_.fail(sent.error.message());
      co_return exit_code::usage;
    }
    auto answer = co_await net::with_deadline(rt_, limit, client_->wait_receipt(sent.receipt_id));
    if (!answer) co_return late("the receipt of SUBSCRIBE");
    co_return answer->what == event::kind::receipt ? exit_code::done : broken(*answer);
  }

  // Sends and receives until a bound is reached and all has come back, or the connection fails.
  net::task<void> play() {
    while (true) {
      while (on_way_.size() < all_.what.window && all_.may_send(rt_.now())) {
        if (!send()) co_return;
      }
      if (on_way_.empty()) co_return;
      auto e = co_await client_->next();
      if (e.what == event::kind::receipt) continue;
      if (e.what != event::kind::message) {
        broken(e);
        co_return;
      }
      take(e.frame);
    }
  }

  net::task<void> end() {
    if (client_) co_await client_->disconnect(std::chrono::seconds(5));
  }
  std::size_t on_way() const { return on_way_.size(); }

 private:
  bool send() {
    auto headers = all_.what.headers;
    headers.push_back({mark, all_.run + std::to_string(++last_)});
    const auto began = rt_.now();  // before it is written: the answer may be there right behind
    const auto sent =
        client_->session().send(destination_, body_, headers, stomp::want_receipt::no, began);
    if (sent.error) {
      all_.fail(sent.error.message());
      return false;
    }
    ++all_.sent;
    on_way_.push_back({last_, began});
    return true;
  }

  void take(const stomp::frame& f) {
    const auto number = f.get_or(mark, "");
    if (!number.starts_with(all_.run)) return;  // of an earlier run
    const auto found = std::find_if(on_way_.begin(), on_way_.end(), [&](const waiting& w) {
      return number.substr(all_.run.size()) == std::to_string(w.number);
    });
    if (found == on_way_.end()) return all_.fail("a message came twice");
    ++all_.received;
    all_.times.add(std::chrono::duration_cast<microseconds>(rt_.now() - found->at));
    on_way_.erase(found);
  }

  exit_code late(std::string_view what) {
    all_.fail("timed out waiting for " + std::string(what));
    return exit_code::timed_out;
  }
  exit_code broken(const event& e) {
    all_.fail(e.what == event::kind::error ? "ERROR: " + std::string(e.frame.get_or("message", ""))
                                           : "the connection ended: " + e.reason);
    return exit_code::failed;
  }

  struct waiting {
    std::uint64_t number;
    net::time_point at;
  };
  net::runtime& rt_;
  tally& all_;
  std::string destination_;
  std::string body_;
  std::unique_ptr<client> client_;
  std::uint64_t last_ = 0;
  std::deque<waiting> on_way_;
};

class run_of_bench {
 public:
  run_of_bench(net::runtime& rt, bench what, report& out) : rt_(rt), out_(out) {
    all_.what = std::move(what);
    all_.run = std::to_string(rt.random() % 1'000'000'000) + "-";
  }

  net::task<exit_code> play(url to, options chosen) {
    chosen.connect_time = all_.what.timeout;
    chosen.queue_limit = std::max(chosen.queue_limit, all_.what.window * 2);
    for (unsigned i = 1; i <= all_.what.connections; ++i) connections_.emplace_back(rt_, all_, i);
    exit_code code = exit_code::done;
    {
      net::task_group beginners(rt_);
      for (auto& c : connections_) beginners.spawn(begin(c, to, chosen, code));
      co_await beginners.wait_empty();
    }
    const auto began = rt_.now();
    all_.end = began + all_.what.time;
    if (code == exit_code::done) code = co_await exchange();
    took_ = rt_.now() - began;
    {
      net::task_group enders(rt_);
      for (auto& c : connections_) enders.spawn(c.end());
      co_await enders.wait_empty();
    }
    tell();
    co_return code;
  }

 private:
  static net::task<void> begin(connection& c, url to, options chosen, exit_code& worst) {
    const exit_code code = co_await c.begin(std::move(to), std::move(chosen));
    if (code != exit_code::done) worst = code;
  }

  // Ends when all connections have, or when nothing has come for the timeout.
  net::task<exit_code> exchange() {
    net::task_group workers(rt_);
    for (auto& c : connections_) workers.spawn(c.play());
    auto empty = [](net::task_group& group) -> net::task<int> {
      co_await group.wait_empty();
      co_return 0;
    };
    while (true) {
      const auto before = all_.received;
      const auto done =
          co_await net::with_deadline(rt_, rt_.now() + all_.what.timeout, empty(workers));
      if (done) break;
      if (all_.received != before) continue;
      workers.cancel();
      break;
    }
    std::uint64_t lost = 0;
    for (const auto& c : connections_) lost += c.on_way();
    const bool is_late = all_.errors == 0 && lost > 0;
    if (lost > 0) all_.fail("a message did not come back", lost);
    if (is_late) co_return exit_code::timed_out;
    co_return all_.errors == 0 ? exit_code::done : exit_code::failed;
  }

  void tell() {
    const double seconds = double(std::chrono::duration_cast<microseconds>(took_).count()) / 1e6;
    const double rate = seconds > 0 ? double(all_.received) / seconds : 0;
    const double p50 = milliseconds_of(all_.times.at(0.5));
    const double p99 = milliseconds_of(all_.times.at(0.99));
    const double most = milliseconds_of(all_.times.longest());
    const bench& what = all_.what;
    if (what.json) {
      boost::json::object reasons;
      for (const auto& [text, times] : all_.reasons) reasons[text] = times;
      out_.line(boost::json::serialize(
          boost::json::object{{"connections", what.connections},
                              {"size", what.size},
                              {"window", what.window},
                              {"messages", all_.received},
                              {"seconds", seconds},
                              {"messages_per_second", rate},
                              {"latency_ms", {{"p50", p50}, {"p99", p99}, {"max", most}}},
                              {"errors", all_.errors},
                              {"reasons", std::move(reasons)}}));
      return;
    }
    out_.line(counted(all_.received, "message") + " of " + counted(what.size, "octet") + " over " +
              counted(what.connections, "connection") + " in " + fixed(seconds, 3) +
              " s: " + fixed(rate, 0) + " messages/s");
    out_.line("latency p50 " + fixed(p50, 3) + " ms, p99 " + fixed(p99, 3) + " ms, most " +
              fixed(most, 3) + " ms; window " + std::to_string(what.window));
    out_.line(counted(all_.errors, "error"));
    for (const auto& [text, times] : all_.reasons) {
      out_.line("  " + std::to_string(times) + "x " + text);
    }
  }

  net::runtime& rt_;
  report& out_;
  tally all_;
  std::deque<connection> connections_;
  net::duration took_{0};
};

}  // namespace

void latencies::add(microseconds took) {
  const auto us = std::uint64_t(std::max<std::int64_t>(took.count(), 0));
  longest_ = std::max(longest_, took);
  ++all_;
  if (us < 64) {
    ++counts_[us];
    return;
  }
  // 32 steps for each power of two.
  const auto exponent = unsigned(std::bit_width(us)) - 6;
  const std::size_t step = 64 + std::size_t(exponent - 1) * 32 + ((us >> exponent) - 32);
  ++counts_[std::min(step, counts_.size() - 1)];
}

microseconds latencies::at(double share) const {
  const auto wanted = std::uint64_t(std::ceil(double(all_) * share));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen < wanted || seen == 0) continue;
    if (i < 64) return microseconds(i);
    const auto exponent = (i - 64) / 32 + 1;
    const auto upper = (((i - 64) % 32 + 33) << exponent) - 1;
    return std::min(microseconds(upper), longest_);
  }
  return microseconds(0);
}

net::task<exit_code> run_bench(net::runtime& rt, url to, options chosen, bench what, report& out) {
  run_of_bench all(rt, std::move(what), out);
  co_return co_await all.play(std::move(to), std::move(chosen));
}

}  // namespace stomp_client
