#include "harness/ladder/runner.hpp"

#include <algorithm>
#include <map>

#include "harness/ladder/values.hpp"

namespace harness::ladder {

namespace {

using std::chrono::milliseconds;

// Thrown when a row has failed; caught by run_row.
struct row_failed {
  unsigned line = 0;
  std::string text;
  outcome::reason why = outcome::reason::mismatch;
};

// What a recording has in place of a secret.
constexpr std::string_view masked = "***";

net::duration paces_of(const std::vector<step>& steps) {
  net::duration all{0};
  for (const step& s : steps) {
    if (s.what == step::kind::pace) all += s.pause;
    all += std::int64_t(s.times) * paces_of(s.inner);
  }
  return all;
}

std::string obstacle_in(const std::vector<step>& steps, const broker_address& broker) {
  for (const step& s : steps) {
    const open_connection& o = s.open;
    const std::string what = "connection " + std::to_string(o.number);
    if (s.what == step::kind::open) {
      if (o.console && broker.console.port == 0) return what + " is to the console";
      if (o.http && !o.console && broker.ws.port == 0) return what + " is http";
      if (o.using_ == transport::tcp && broker.tcp.port == 0) return what + " is tcp";
      if (o.using_ == transport::ws && broker.ws.port == 0) return what + " is ws";
    }
    if (auto inner = obstacle_in(s.inner, broker); !inner.empty()) return inner;
  }
  return {};
}

class player {
 public:
  player(net::runtime& rt, const row& r, variant v, const run_options& options, std::size_t number)
      : rt_(rt), row_(r), variant_(v), options_(options), began_(rt.now()) {
    std::string q = options.run_name + "." + std::to_string(number);
    scope_.variables["q"] = q;
    scope_.variables["transport"] = to_string(v.over);
    scope_.variables["port"] =
        std::to_string(v.over == transport::tcp ? options.broker.tcp.port : options.broker.ws.port);
    scope_.now_ms =
        std::chrono::duration_cast<milliseconds>(rt.wall_now().time_since_epoch()).count();
  }

  net::task<outcome> play() {
    outcome out;
    try {
      co_await steps(row_.steps);
      co_await flush();
      out.passed = true;
      out.why = outcome::reason::none;
    } catch (const row_failed& f) {
      out.report = report(f);
      out.why = f.why;
    } catch (const std::exception& e) {
      out.report = report({row_.line, std::string("exception: ") + e.what()});
    }
    out.took = rt_.now() - began_;
    co_return std::move(out);
  }
  std::string report(const row_failed& f) const {
    const std::string how = std::string(to_string(variant_.over)) + ", " + to_string(variant_.how);
    return failure_report(row_, f.line, how, f.text, told_);
  }

 private:
  net::task<void> steps(const std::vector<step>& all) {
    for (const step& s : all) co_await one(s);
  }

  net::task<void> one(const step& s) {
    line_ = s.line;
    if (s.what != step::kind::send) co_await flush();
    if (s.what == step::kind::send && options_.gate) {
      const bool goes_on = co_await options_.gate(s);
      if (!goes_on) throw row_failed{s.line, "ended here by the user", outcome::reason::ended};
    }
    if (s.what == step::kind::send || s.what == step::kind::open) last_act_ = rt_.now();
    switch (s.what) {
      case step::kind::open:
        co_await open(s.open);
        break;
      case step::kind::send:
        co_await send(s.send);
        break;
      case step::kind::expect:
        co_await expect(s.expect);
        break;
      case step::kind::never:
        co_await never(s.never);
        break;
      case step::kind::any_order:
        co_await any_order(s);
        break;
      case step::kind::repeat:
        for (std::size_t i = 0; i < s.times; ++i) {
          scope_.repetition = i;
          co_await steps(s.inner);
        }
        break;
      case step::kind::mark:
        current().mark = rt_.now();
        break;
      case step::kind::wait:
        co_await net::wait_until(rt_, rt_.now() + s.pause);
        break;
      case step::kind::pace:
        if (options_.mode == run_options::replay::timed) {
          co_await net::wait_until(rt_, last_act_ + s.pause);
        }
        break;
      case step::kind::alive:
        co_await alive();
        break;
    }
  }

  net::task<void> open(const open_connection& o) {
    if (connections_.contains(o.number)) {
      number_ = o.number;
      if (!o.connected.empty()) fail("connection " + std::to_string(o.number) + " is open already");
      co_return;
    }
    number_ = o.number;
    const transport over = o.using_.value_or(o.http ? transport::ws : variant_.over);
    connection::options how;
    how.websocket = over == transport::ws || o.http;
    how.http = o.http;
    how.path = options_.path;
    how.headers = options_.handshake_headers;
    std::vector<field> headers;
    for (const field& f : o.options) {
      if (f.name == "path") {
        how.path = text_of(f.text);
      } else if (f.name == "subprotocol") {
        how.subprotocol = text_of(f.text);
      } else {
        headers.push_back(f);
      }
    }
    std::string why;
    address to = how.websocket ? options_.broker.ws : options_.broker.tcp;
    if (o.console) to = options_.broker.console;
    auto made = co_await connection::open(rt_, to, how, why);
    if (!made) throw row_failed{line_, why, outcome::reason::unreachable};
    tell("opened over " + std::string(how.websocket ? "ws" : "tcp"));
    connections_[o.number] = std::move(made);
    if (!o.connected.empty()) co_await connect(o.connected, headers);
  }

  net::task<void> connect(const std::string& version, const std::vector<field>& headers) {
    std::string text = "CONNECT\naccept-version:" + version + "\n";
    const auto host = given("host");
    text += "host:" + host.value_or("localhost") + "\n";
    for (const auto& [name, content] : options_.connect_headers) {
      const bool has = std::any_of(headers.begin(), headers.end(),
                                   [n = &name](const field& f) { return f.name == *n; });
      if (!has && name != "host") text += name + ":" + content + "\n";
    }
    for (const field& f : headers) text += f.name + ":" + text_of(f.text) + "\n";
    text += "\n";
    text += '\0';
    tell("> CONNECT accept-version=" + version);
    co_await current().send(std::move(text), variant_.how == delivery::split);
    expect_step wanted;
    wanted.command = "CONNECTED";
    co_await expect(wanted);
    if (current().version != version) fail("connected with version " + current().version);
    current().mark = connected_at_;
  }

  // A value for CONNECT that the run has.
  std::optional<std::string> given(std::string_view name) const {
    for (const auto& [key, text] : options_.connect_headers) {
      if (key == name) return text;
    }
    return std::nullopt;
  }

  // A frame that is sent, its variables filled in.
  stomp::frame frame_of(const send_step& s) {
    stomp::frame out = stomp::make_frame(text_of(s.command), {}, text_of(s.body));
    for (const field& f : s.headers) {
      // `id=$last.ack` is for versions that have it; others do without.
      const auto variable = f.text.variable();
      if (variable.starts_with("last.") && !current().last.find(variable.substr(5))) continue;
      std::string text = text_of(f.text);
      if (f.name == "content-length" && text == "*") text = std::to_string(out.body.size());
      if (text == masked) text = given(f.name).value_or(text);
      out.add(f.name, text);
    }
    return out;
  }

  // Octets of a frame as a client writes them.
  std::string octets_of(const stomp::frame& f) {
    const bool plain = f.command == "CONNECT" || f.command == "STOMP";
    std::string out = f.command + "\n";
    for (const stomp::header& h : f.headers) {
      out += h.name + ":" + (plain ? h.value : escaped(h.value, current().version)) + "\n";
    }
    out += "\n" + f.body;
    out += '\0';
    return out;
  }

  net::task<void> send_malformed(const send_step& s) {
    using ending = mockbroker::malformed::ending;
    const mockbroker::malformation& m = *s.malformation;
    connection& c = current();
    if (m.websocket_only && !c.is_websocket()) {
      fail("!" + std::string(m.name) + " is for WebSocket, this connection is TCP");
    }
    mockbroker::malform_context how;
    how.websocket = c.is_websocket();
    how.v = stomp::parse_version(c.version).value_or(stomp::version::v1_2);
    how.mask = c.new_mask();
    const stomp::frame f = frame_of(s);
    tell("> !" + std::string(m.name) + " " + printable(octets_of(f), 160));
    const auto made = m.make(f, how);
    const bool split = variant_.how == delivery::split;
    for (const auto& part : made.parts) {
      if (part.what == mockbroker::malformed::part::kind::stomp) {
        co_await c.send(part.octets, split);
      } else {
        co_await c.write(part.octets, split);
      }
    }
    if (made.end == ending::fin) c.end_writing();
    if (made.end == ending::rst) c.reset();
  }

  net::task<void> send(const send_step& s) {
    using kind = send_step::kind;
    connection& c = current();
    if (s.at) {
      co_await flush();
      co_await net::wait_until(rt_, c.mark + *s.at);
    }
    if (s.malformation != nullptr) {
      co_await flush();
      co_await send_malformed(s);
      co_return;
    }
    const bool split = variant_.how == delivery::split;
    if (s.what == kind::frame || s.what == kind::raw || s.what == kind::beat ||
        s.what == kind::text) {
      std::string octets = s.what == kind::frame  ? octets_of(frame_of(s))
                           : s.what == kind::beat ? std::string("\n")
                                                  : text_of(s.body);
      tell("> " + printable(octets, 160));
      if (variant_.how == delivery::joined && !s.at) {
        join(std::move(octets));
      } else {
        co_await c.send(std::move(octets), split);
      }
      co_return;
    }
    co_await flush();
    if (s.what == kind::get) {
      co_await get(text_of(s.body));
      co_return;
    }
    co_await send_other(s);
  }

  // As a program that reads the console does (activemq.md 5.1, 5.6): with the stock login.
  net::task<void> get(std::string target) {
    tell("> GET " + target);
    std::string text = "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" +
                       "Origin: http://localhost\r\n" +
                       "Authorization: Basic YWRtaW46YWRtaW4=\r\n\r\n";
    co_await current().write(std::move(text), false);
  }

  void join(std::string octets) {
    connection& c = current();
    if (c.is_websocket()) {
      c.append_frame(c.unsent, std::uint8_t(ws::opcode::text), octets, true);
    } else {
      c.unsent += octets;
    }
  }

  net::task<void> flush() {
    for (auto& [number, c] : connections_) {
      if (!c->unsent.empty()) co_await c->write(std::exchange(c->unsent, {}), false);
    }
  }

  net::task<void> send_other(const send_step& s) {
    using kind = send_step::kind;
    connection& c = current();
    const std::string octets = text_of(s.body);
    std::string out;
    tell("> (other) " + printable(octets, 160));
    switch (s.what) {
      case kind::binary:
        c.append_frame(out, std::uint8_t(ws::opcode::binary), octets, true);
        break;
      case kind::ping:
        c.append_frame(out, std::uint8_t(ws::opcode::ping), octets, true);
        break;
      case kind::pong:
        c.append_frame(out, std::uint8_t(ws::opcode::pong), octets, true);
        break;
      case kind::unmasked:
        c.append_frame(out, std::uint8_t(ws::opcode::text), octets, true, false);
        break;
      case kind::fragments:
        for (std::size_t i = 0; i < s.pieces.size(); ++i) {
          c.append_frame(out, i == 0 ? 1 : 0, text_of(s.pieces[i]), i + 1 == s.pieces.size());
        }
        break;
      case kind::close: {
        const std::string code = s.pieces.empty() ? std::string("1000") : text_of(s.pieces[0]);
        std::string reason;
        if (s.pieces.size() > 1) reason = text_of(s.pieces[1]);
        co_await c.close(std::uint16_t(std::stoul(code)), std::move(reason));
        co_return;
      }
      case kind::end:
        c.end_writing();
        co_return;
      case kind::drop:
        connections_.erase(number_);
        co_return;
      default:
        break;
    }
    co_await c.write(std::move(out), false);
  }

  net::time_point deadline_of(const expect_step& wanted) const {
    net::duration most = wanted.within.value_or(options_.wait);
    if (wanted.at) most = std::max(most, wanted.at->second + milliseconds(500));
    return rt_.now() + most;
  }

  net::task<void> expect(const expect_step& wanted) {
    connection& c = current();
    const auto deadline = deadline_of(wanted);
    std::string nearest;
    std::vector<arrival> kept;  // for later steps
    const auto give_back = [&] {
      for (auto a = kept.rbegin(); a != kept.rend(); ++a) c.put_back(std::move(*a));
    };
    while (true) {
      const bool beats = wanted.what == expect_step::kind::beat;
      arrival got = co_await need(wanted, beats, deadline, nearest);
      scope_.last = &c.last;
      const auto wrong = differences(wanted, got, scope_);
      if (wrong.empty()) {
        check_time(wanted, got);
        took(got);
        give_back();
        co_return;
      }
      std::string text = "\n  came    : " + to_string(got);
      for (const auto& w : wrong) text += "\n            " + w;
      if (!(wanted.until || wanted.await) || got.what == arrival::kind::close) {
        fail("expected " + describe(wanted, scope_) + text);
      }
      if (got.frame.command == wanted.command) nearest = text;
      if (wanted.await) kept.push_back(std::move(got));
    }
  }

  // The next arrival that is not passed over, or a failure that says what was waited for.
  net::task<arrival> need(const expect_step& wanted, bool beats, net::time_point deadline,
                          std::string nearest) {
    connection& c = current();
    while (true) {
      auto got = co_await c.next(deadline);
      if (!got) {
        throw row_failed{line_,
                         "expected " + describe(wanted, scope_) + "\n  nothing came in time" +
                             (nearest.empty() ? "" : "; nearest:" + nearest),
                         outcome::reason::late};
      }
      tell_arrival(*got);
      if (got->what == arrival::kind::beat && !beats) continue;
      co_return std::move(*got);
    }
  }

  void check_time(const expect_step& wanted, const arrival& got) {
    if (!wanted.at) return;
    const auto since = got.at - current().mark;
    if (since >= wanted.at->first && since <= wanted.at->second) return;
    fail("expected " + describe(wanted, scope_) + " between " + ms(wanted.at->first) + " and " +
         ms(wanted.at->second) + "\n  came after " + ms(since));
  }

  void took(const arrival& got) {
    if (got.frame.command == "CONNECTED") connected_at_ = got.at;
    if (got.frame.command == "MESSAGE") current().last = got.frame;
  }

  net::task<void> any_order(const step& s) {
    std::vector<const expect_step*> open;
    for (const step& inner : s.inner) {
      for (std::size_t i = 0; i < inner.times; ++i) open.push_back(&inner.expect);
    }
    scope_.last = &current().last;
    while (!open.empty()) {
      arrival got = co_await need(*open.front(), false, deadline_of(*open.front()), {});
      std::string text = "\n  came    : " + to_string(got);
      auto found = open.end();
      for (auto each = open.begin(); each != open.end() && found == open.end(); ++each) {
        const auto wrong = differences(**each, got, scope_);
        if (wrong.empty()) found = each;
        for (const auto& w : wrong) text += "\n            " + w;
      }
      if (found == open.end()) {
        fail("expected " + describe(*open.front(), scope_) + " or " +
             std::to_string(open.size() - 1) + " others" + text);
      }
      took(got);
      open.erase(found);
    }
  }

  // A receipt for a frame without effect: what the broker did before has been written by then.
  net::task<std::vector<arrival>> barrier() {
    connection& c = current();
    std::vector<arrival> seen;
    if (c.version.empty()) co_return std::move(seen);
    const std::string id = "ladder-barrier-" + std::to_string(++barriers_);
    for (const char* command : {"BEGIN", "ABORT"}) {
      std::string text = std::string(command) + "\ntransaction:" + id + "\nreceipt:" + id + "\n\n";
      text += '\0';
      co_await c.send(std::move(text), false);
    }
    unsigned receipts = 0;
    const auto deadline = rt_.now() + options_.wait;
    while (receipts < 2) {
      auto got = co_await c.next(deadline);
      if (!got) fail("expected the connection to be open\n  no RECEIPT came in time");
      const auto* receipt = got->frame.find("receipt-id");
      if (receipt && *receipt == id) {
        ++receipts;
        if (got->frame.command == "ERROR") fail("the barrier failed: " + to_string(*got));
        continue;
      }
      tell_arrival(*got);
      if (got->what == arrival::kind::close) {
        fail("expected the connection to be open\n  came    : " + to_string(*got));
      }
      if (got->what != arrival::kind::beat) seen.push_back(std::move(*got));
    }
    co_return std::move(seen);
  }

  net::task<void> alive() {
    auto seen = co_await barrier();
    for (auto a = seen.rbegin(); a != seen.rend(); ++a) current().put_back(std::move(*a));
  }

  net::task<void> never(const never_step& s) {
    connection& c = current();
    std::vector<arrival> seen;
    const bool closed = !c.waiting().empty() && c.waiting().back().what == arrival::kind::close;
    if (!closed) seen = co_await barrier();
    const auto end = rt_.now() + s.quiet.value_or(options_.quiet);
    while (auto got = co_await c.next(end)) {
      tell_arrival(*got);
      if (got->what == arrival::kind::beat && s.what.what != expect_step::kind::beat) continue;
      seen.push_back(std::move(*got));
      if (seen.back().what == arrival::kind::close) break;
    }
    scope_.last = &c.last;
    for (const arrival& a : seen) {
      if (differences(s.what, a, scope_).empty()) {
        fail("never expected " + describe(s.what, scope_) + "\n  came    : " + to_string(a));
      }
    }
    for (auto a = seen.rbegin(); a != seen.rend(); ++a) c.put_back(std::move(*a));
  }

  connection& current() {
    const auto found = connections_.find(number_);
    if (found == connections_.end()) fail("connection " + std::to_string(number_) + " is not open");
    return *found->second;
  }

  std::string text_of(const value& v) {
    std::string problem;
    if (const auto found = connections_.find(number_); found != connections_.end()) {
      scope_.last = &found->second->last;
    }
    std::string text = render(v, scope_, problem);
    if (!problem.empty()) fail(problem);
    return text;
  }

  [[noreturn]] void fail(std::string text) const { throw row_failed{line_, std::move(text)}; }

  static std::string ms(net::duration d) {
    return std::to_string(std::chrono::duration_cast<milliseconds>(d).count()) + " ms";
  }
  void tell(const std::string& text) {
    told_.push_back("c" + std::to_string(number_) + " +" + ms(rt_.now() - began_) + " " + text);
  }
  void tell_arrival(arrival& a) {
    if (!std::exchange(a.told, true)) tell("< " + to_string(a));
  }

  net::runtime& rt_;
  const row& row_;
  variant variant_;
  const run_options& options_;
  net::time_point began_;
  scope scope_;
  unsigned line_ = 0;
  unsigned number_ = 1;
  unsigned barriers_ = 0;
  net::time_point connected_at_;
  net::time_point last_act_ = began_;  // of the last `>` line, or of a connection's opening
  std::map<unsigned, std::unique_ptr<connection>> connections_;
  std::vector<std::string> told_;
};

}  // namespace

std::vector<variant> variants_of(const row& r) {
  std::vector<variant> all;
  for (const auto t : r.on) {
    for (const auto d : r.deliveries) all.push_back({t, d});
  }
  return all;
}

std::string name_of(const row& r, variant v) {
  return r.name + " (" + to_string(v.over) + ", " + to_string(v.how) + ")";
}

std::string obstacle(const row& r, transport over, const broker_address& broker) {
  const bool is_there = (over == transport::tcp ? broker.tcp : broker.ws).port != 0;
  if (!r.on.contains(over) || !is_there) {
    return std::string("it is for ") + to_string(*r.on.begin()) + " only";
  }
  return obstacle_in(r.steps, broker);
}

net::task<outcome> run_row(net::runtime& rt, const row& r, variant v, run_options options,
                           std::size_t number) {
  player each(rt, r, v, options, number);
  if (options.gate) {
    auto played = co_await each.play();
    co_return std::move(played);
  }
  net::duration limit = options.row_limit;
  if (options.mode == run_options::replay::timed) limit += paces_of(r.steps);
  auto done = co_await net::with_deadline(rt, rt.now() + limit, each.play());
  if (done) co_return std::move(*done);
  outcome late;
  late.took = limit;
  late.why = outcome::reason::late;
  late.report = each.report({r.line, "the row did not end in time", late.why});
  co_return std::move(late);
}

}  // namespace harness::ladder
