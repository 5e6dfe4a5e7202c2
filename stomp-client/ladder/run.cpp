#include "stomp-client/ladder/run.hpp"

#include <algorithm>

#include "harness/ladder/glob.hpp"
#include "harness/ladder/report.hpp"

namespace stomp_client {

namespace ladder = harness::ladder;

namespace {

ladder::run_options run_options_of(const url& to, const options& chosen, const ladder_run& what) {
  ladder::run_options o;
  const ladder::address at{to.host, to.port, to.tls ? chosen.tls : nullptr};
  (to.websocket ? o.broker.ws : o.broker.tcp) = at;
  o.path = to.target;
  for (const auto& f : chosen.handshake_headers) o.handshake_headers.emplace_back(f.name, f.value);
  o.connect_headers.emplace_back("host", chosen.stomp.host);
  if (chosen.stomp.login) o.connect_headers.emplace_back("login", *chosen.stomp.login);
  if (chosen.stomp.passcode) o.connect_headers.emplace_back("passcode", *chosen.stomp.passcode);
  o.wait = what.timeout;
  if (what.mode == ladder_run::replay::timed) o.mode = ladder::run_options::replay::timed;
  return o;
}

class run_of_cases {
 public:
  run_of_cases(net::runtime& rt, const url& to, const options& chosen, ladder_run& what,
               report& out)
      : rt_(rt), what_(what), out_(out), options_(run_options_of(to, chosen, what)) {
    options_.run_name = "s" + std::to_string(rt.random() % 1'000'000'000);
    over_ = to.websocket ? ladder::transport::ws : ladder::transport::tcp;
    if (what.mode != ladder_run::replay::step) return;
    options_.gate = [this](const ladder::step& s) { return ask(s); };
  }

  net::task<exit_code> play() {
    for (const auto& r : what_.rows) {
      if (!ladder::matches(what_.pattern, r.name)) continue;
      if (auto why = ladder::obstacle(r, over_, options_.broker); !why.empty()) {
        others_.push_back({&r, std::move(why)});
        tell("left out " + r.name + ": " + others_.back().why);
        continue;
      }
      const ladder::variant how{over_, *r.deliveries.begin()};
      file_ = r.file;
      auto result = co_await ladder::run_row(rt_, r, how, options_, played_.size());
      played_.push_back({&r, how, std::move(result)});
      tell_result(played_.back());
      if (played_.back().result.why == ladder::outcome::reason::ended) break;
    }
    co_return end();
  }

 private:
  net::task<bool> ask(const ladder::step& s) {
    out_.prompt(file_ + ":" + std::to_string(s.line) + ": " + s.source + " [Enter] ");
    const auto line = co_await what_.ask();
    co_return line.has_value();
  }

  void tell(const std::string& line) {
    if (!what_.json) out_.line(line);
  }

  void tell_result(const ladder::played_row& p) {
    if (!p.result.passed) return tell("FAILED " + p.result.report);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(p.result.took).count();
    tell("passed " + name_of(*p.what, p.how) + " in " + std::to_string(took) + " ms");
  }

  exit_code end() {
    using reason = ladder::outcome::reason;
    const auto any = [this](reason why) {
      return std::any_of(played_.begin(), played_.end(),
                         [why](const ladder::played_row& p) { return p.result.why == why; });
    };
    const auto passed = std::count_if(played_.begin(), played_.end(),
                                      [](const ladder::played_row& p) { return p.result.passed; });
    if (what_.json) {
      auto text = report_of(played_, others_);
      text.pop_back();
      out_.line(text);
    }
    tell(std::to_string(passed) + " passed, " +
         std::to_string(std::ptrdiff_t(played_.size()) - passed) + " failed, " +
         std::to_string(others_.size()) + " left out");
    if (played_.empty()) {
      out_.trouble(others_.empty() ? "no case is called " + what_.pattern
                                   : "no case can be played at this URL");
      return exit_code::usage;
    }
    if (any(reason::ended)) return exit_code::interrupted;
    if (any(reason::mismatch)) return exit_code::failed;
    if (any(reason::late)) return exit_code::timed_out;
    return any(reason::unreachable) ? exit_code::cannot_connect : exit_code::done;
  }

  net::runtime& rt_;
  ladder_run& what_;
  report& out_;
  ladder::run_options options_;
  ladder::transport over_ = ladder::transport::tcp;
  std::string file_;
  std::vector<ladder::played_row> played_;
  std::vector<ladder::left_out> others_;
};

}  // namespace

net::task<exit_code> run_ladder(net::runtime& rt, url to, options chosen, ladder_run what,
                                report& out) {
  run_of_cases all(rt, to, chosen, what, out);
  co_return co_await all.play();
}

}  // namespace stomp_client
