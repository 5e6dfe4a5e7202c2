#include "harness/ladder/runner.hpp"

#include <algorithm>
#include <map>

#include "harness/ladder/matching.hpp"
#include "harness/ladder/variables.hpp"

namespace harness::ladder {
namespace {

using std::chrono::milliseconds;

struct stop {
  std::string why;
};

std::string in_ms(net::duration d) {
  return std::to_string(std::chrono::duration_cast<milliseconds>(d).count()) + "ms";
}

class player {
 public:
  player(net::runtime& rt, const ladder_case& what, run_options options)
      : rt_(rt), case_(what), options_(std::move(options)), changed_(rt), start_(rt.now()) {
    last_ = start_;
    names_.has = [this](const std::string& n) { return values_.contains(n) || in_columns(n); };
    names_.value_of = [this](const std::string& n) { return value_of(n); };
  }

  net::task<outcome> run() {
    outcome done;
    for (const step& s : case_.steps) {
      std::string why;
      try {
        co_await play(s);
      } catch (const stop& stopped) {
        why = stopped.why;
      }
      if (why.empty()) continue;
      done.passed = false;
      done.report = report(s, why);
      break;
    }
    co_return done;
  }

 private:
  bool in_columns(const std::string& name) const { return case_.columns.contains(name); }
  std::string value_of(const std::string& name) {
    if (const auto value = values_.find(name); value != values_.end()) return value->second;
    if (const auto column = case_.columns.find(name); column != case_.columns.end()) {
      values_[name] = "";  // a column that names itself is empty there
      return values_[name] = filled(column->second);
    }
    return is_unique_name(name) ? options_.unique + (name == "q" ? "" : "-" + name.substr(1)) : "";
  }
  std::string filled(std::string_view text) { return fill(text, names_.value_of); }

  std::string report(const step& s, const std::string& why) const {
    std::string text = case_.name + " [" + to_string(options_.over) + ", " +
                       to_string(options_.how) + "] " + case_.file + ":" +
                       std::to_string(case_.at.line) + "\n  cites";
    for (const auto& c : case_.cites) text += " " + c;
    text += "\n  line " + std::to_string(s.at.line) + ": " + s.source + "\n  " + why +
            "\n  the ladder so far:\n";
    for (const auto& line : log_) text += "    " + line + "\n";
    return text;
  }

  peer& current() {
    if (!current_) throw stop{"there is no connection"};
    return *current_;
  }
  net::task<void> need_connection() {
    if (current_) co_return;
    const step implied;
    co_await open("main", implied);
  }

  net::task<void> open(const std::string& name, const step& s) {
    if (const auto known = peers_.find(name); known != peers_.end()) {
      current_ = known->second.get();
      co_return;
    }
    const bool over_ws = options_.over == transport::ws;
    handshake shake;
    shake.offer = "v12.stomp";
    std::string agreed = "*";
    std::string refused;
    bool http = false;
    for (const auto& f : s.pattern.fields) {
      const auto value = filled(f.value);
      if (f.name == "offer") {
        shake.offer = value;
      } else if (f.name == "path") {
        shake.path = value;
      } else if (f.name == "agreed") {
        agreed = value;
      } else if (f.name == "refused") {
        refused = value;
      } else if (f.name == "http") {
        http = true;
      } else {
        shake.headers.emplace_back(f.name, value);
      }
    }
    auto made =
        std::make_unique<peer>(rt_, options_.over, options_.how, options_.newline_follows, changed_,
                               [this, name](std::string line) { log(name, std::move(line)); });
    current_ = made.get();
    peers_[name] = std::move(made);
    const net::endpoint& to = over_ws ? options_.ws : options_.tcp;
    auto connected =
        co_await net::with_deadline(rt_, rt_.now() + options_.deadline, current_->connect(to));
    if (!connected || !*connected) throw stop{"nobody listens on " + net::to_string(to)};
    if (over_ws && !http) {
      shake.host = net::to_string(to);
      co_await shake_hands(std::move(shake), agreed, refused);
    }
    current_->start(http);
    last_ = rt_.now();
  }

  net::task<void> shake_hands(handshake shake, const std::string& agreed,
                              const std::string& refused) {
    auto answer = co_await net::with_deadline(rt_, rt_.now() + options_.deadline,
                                              current_->upgrade(std::move(shake)));
    if (!answer) throw stop{"no answer to the handshake"};
    const std::string wanted = refused.empty() ? "101" : refused;
    if (std::to_string(answer->status) != wanted) {
      throw stop{"handshake: expected " + wanted + ", found " + std::to_string(answer->status)};
    }
    const std::string told = answer->agreed.empty() ? "none" : answer->agreed;
    if (refused.empty() && !glob_match(agreed, told)) {
      throw stop{"subprotocol: expected " + agreed + ", found " + told};
    }
  }

  void log(const std::string& name, std::string line) {
    constexpr std::size_t most_lines = 400;
    if (log_.size() > most_lines) return;
    if (line.size() > 300) line = line.substr(0, 300) + "...";
    log_.push_back("+" + in_ms(rt_.now() - start_) + " " + name + " " + line);
  }

  template <class Done>
  net::task<bool> wait_for(Done done, net::time_point until) {
    auto alarm = rt_.make_timer();
    while (!done()) {
      if (rt_.now() >= until) co_return false;
      changed_.clear();
      alarm->start(until, [this] { changed_.set(); });
      co_await changed_;
    }
    co_return true;
  }
  net::task<void> rest(net::duration d) { co_await net::wait_until(rt_, rt_.now() + d); }

  net::task<void> play(const step& s) {
    if (s.kind == step_kind::connection) {
      if (current_) current_->flush();
      co_await open(s.name, s);
      co_return;
    }
    co_await need_connection();
    if (writes(s)) {
      log("", s.source);
      write(s);
      last_ = rt_.now();
      co_return;
    }
    current().flush();
    switch (s.kind) {
      case step_kind::wait:
        co_await rest(s.span->to);
        break;
      case step_kind::drop:
        current().drop();
        break;
      case step_kind::expect_open:
        co_await expect_open();
        break;
      case step_kind::expect_never:
        co_await expect_never(s);
        break;
      case step_kind::unordered:
        co_await expect_group(s);
        break;
      default:
        co_await expect(s);
    }
  }

  static bool writes(const step& s) {
    return s.kind == step_kind::write_frame || s.kind == step_kind::write_raw ||
           s.kind == step_kind::write_binary || s.kind == step_kind::write_part ||
           s.kind == step_kind::write_beat || s.kind == step_kind::write_close;
  }

  void write(const step& s) {
    switch (s.kind) {
      case step_kind::write_frame:
        return current().write_frame(octets_of(s.pattern));
      case step_kind::write_beat:
        return current().write("\n", 1);
      case step_kind::write_binary:
        return current().write(filled(s.text), 2);
      case step_kind::write_part:
        return current().write_part(s.code, s.fin, s.rsv, s.masked, filled(s.text));
      case step_kind::write_close:
        return current().write_close(s.code, filled(s.text));
      default:
        return current().write(filled(s.text), 1);
    }
  }
  std::string octets_of(const frame_pattern& p) {
    std::string text = filled(p.command) + "\n";
    for (const auto& f : p.fields) text += filled(f.name) + ":" + filled(f.value) + "\n";
    text += "\n";
    if (p.body) text += filled(p.body->value);
    text += '\0';
    return text;
  }

  // The next arrival that `s` may be about; heart-beats and pongs only matter to who asks for them.
  net::task<arrival> next(const step& s) {
    peer& from = current();
    const auto wanted = wanted_by(s);
    const auto ready = [&from, wanted] {
      auto& queue = from.arrivals;
      while (!queue.empty()) {
        const auto what = queue.front().what;
        const bool side = what == arrival::kind::beat || what == arrival::kind::pong;
        if (!side || what == wanted) return true;
        queue.pop_front();
      }
      return false;
    };
    auto until = rt_.now() + options_.deadline;
    if (s.span) until = std::max(until, reference(s) + s.span->to + options_.deadline);
    const bool came = co_await wait_for(ready, until);
    if (!came) throw stop{"expected it within " + in_ms(until - last_) + ", and nothing came"};
    arrival a = std::move(from.arrivals.front());
    from.arrivals.pop_front();
    co_return a;
  }
  static arrival::kind wanted_by(const step& s) {
    switch (s.kind) {
      case step_kind::expect_beat:
        return arrival::kind::beat;
      case step_kind::expect_pong:
        return arrival::kind::pong;
      case step_kind::expect_head:
        return arrival::kind::head;
      case step_kind::expect_close:
        return arrival::kind::ended;
      default:
        return arrival::kind::frame;
    }
  }
  net::time_point reference(const step& s) {
    return s.span && s.span->since_start ? current().opened() : last_;
  }

  std::string judge(const step& s, const arrival& a) {
    if (a.what != wanted_by(s)) return "found " + to_text(a);
    std::string why;
    if (s.kind == step_kind::expect_frame || s.kind == step_kind::expect_head) {
      auto pattern = s.pattern;
      if (s.kind == step_kind::expect_head) pattern.command = "*";
      auto compared = compare(pattern, a.frame, current().version, names_);
      for (const auto& d : compared.differences) why += "\n    " + d;
      if (why.empty()) values_.insert(compared.captured.begin(), compared.captured.end());
    }
    if (s.kind == step_kind::expect_raw && a.frame.octets != filled(s.text)) {
      why = "\n    octets: expected " + printable(filled(s.text));
    }
    if (s.kind == step_kind::expect_pong && a.frame.body != filled(s.text)) why = "\n    payload";
    const bool coded = s.kind == step_kind::expect_head ||
                       (s.kind == step_kind::expect_close && options_.over == transport::ws);
    if (coded && s.code != 0 && s.code != a.code) {
      why += "\n    code: expected " + std::to_string(s.code) + ", found " + std::to_string(a.code);
    }
    if (s.span) {
      const auto passed = a.at - reference(s);
      if (passed < s.span->from || passed > s.span->to) {
        why += "\n    time: expected " + in_ms(s.span->from) + " to " + in_ms(s.span->to) +
               ", found " + in_ms(passed);
      }
    }
    return why.empty() ? why : "found " + to_text(a) + why;
  }

  net::task<void> expect(const step& s) {
    while (true) {
      const arrival a = co_await next(s);
      const auto why = judge(s, a);
      if (why.empty()) {
        last_ = a.at;
        co_return;
      }
      const bool last_word = a.what == arrival::kind::ended;
      if (!s.skips_others || last_word) throw stop{why};
    }
  }

  net::task<void> expect_group(const step& s) {
    std::vector<const step*> open;
    for (const auto& inner : s.inner) open.push_back(&inner);
    while (!open.empty()) {
      const arrival a = co_await next(*open.front());
      std::string why;
      const auto fits = std::ranges::find_if(open, [&](const step* inner) {
        const auto differs = judge(*inner, a);
        why += "\n  not line " + std::to_string(inner->at.line) + ": " + differs;
        return differs.empty();
      });
      if (fits == open.end()) throw stop{why};
      open.erase(fits);
      last_ = a.at;
    }
  }

  // A SEND with a receipt: what the server wrote before has come when the RECEIPT has.
  net::task<void> round_trip() {
    peer& with = current();
    const std::string id = "round-trip-" + std::to_string(++round_trips_);
    with.write_frame("SEND\ndestination:/topic/ladder.sync\nreceipt:" + id + "\n\n" +
                     std::string(1, '\0'));
    with.flush();
    const auto is_receipt = [&](const arrival& a) {
      return a.frame.command == "RECEIPT" && a.frame.get("receipt-id") == id;
    };
    const auto came = [&] {
      const auto found = std::ranges::find_if(with.arrivals, is_receipt);
      if (found == with.arrivals.end()) return !with.is_open();
      with.arrivals.erase(found);
      return true;
    };
    const bool in_time = co_await wait_for(came, rt_.now() + options_.deadline);
    if (!in_time) throw stop{"no RECEIPT for a SEND: the connection is stuck"};
  }

  net::task<void> expect_open() {
    peer& of = current();
    if (!of.version.empty() && of.is_open()) co_await round_trip();
    if (of.version.empty()) co_await rest(options_.settle * 3);
    if (!of.is_open()) throw stop{"the connection ended"};
  }

  net::task<void> expect_never(const step& s) {
    peer& of = current();
    if (s.span) {
      co_await rest(s.span->to);
    } else {
      if (!of.version.empty() && of.is_open()) co_await round_trip();
      co_await rest(options_.settle);
    }
    for (const auto& a : of.arrivals) {
      if (a.what != arrival::kind::frame) continue;
      if (compare(s.pattern, a.frame, of.version, names_).matches()) {
        throw stop{"found " + to_text(a)};
      }
    }
  }

  net::runtime& rt_;
  const ladder_case& case_;
  run_options options_;
  net::event changed_;
  net::time_point start_;
  net::time_point last_;  // when the last thing was written or came
  names names_;
  std::map<std::string, std::string> values_;
  std::vector<std::string> log_;
  int round_trips_ = 0;
  peer* current_ = nullptr;
  std::map<std::string, std::unique_ptr<peer>> peers_;
};

}  // namespace

net::task<outcome> play(net::runtime& rt, const ladder_case& what, run_options options) {
  player p(rt, what, std::move(options));
  co_return co_await p.run();
}

std::string to_string(transport t) { return t == transport::tcp ? "tcp" : "ws"; }
std::string to_string(delivery d) {
  if (d == delivery::split) return "split";
  return d == delivery::joined ? "joined" : "as-written";
}
bool plays_over(const ladder_case& what, transport t) noexcept {
  return t == transport::tcp ? what.on.tcp : what.on.ws;
}

}  // namespace harness::ladder
