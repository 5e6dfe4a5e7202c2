#include "mockbroker/relay/relay.hpp"

#include <array>
#include <deque>
#include <utility>

#include "mockbroker/faults/conformance.hpp"
#include "mockbroker/faults/stream_shaper.hpp"
#include "mockbroker/faults/wire_splitter.hpp"
#include "net/memory_pipe.hpp"
#include "ws/close.hpp"
#include "ws/writer.hpp"

namespace mockbroker {

namespace {

std::string_view reason_of(std::error_code error) {
  return error == net::errc::end_of_stream ? "end of stream" : "connection lost";
}

}  // namespace

// One connection: two directions, each a reader that fills a queue and a writer that empties it.
class relay::session {
 public:
  session(relay& owner, std::uint64_t number)
      : owner_(owner),
        judge_(owner.options_.websocket),
        to_broker_(*this, way::to_broker),
        to_client_(*this, way::to_client),
        done_(owner.rt_) {
    facts.leg = owner.options_.leg;
    facts.number = number;
    facts.websocket = owner.options_.websocket;
    owner_.sessions_[number] = this;
  }
  session(const session&) = delete;
  session& operator=(const session&) = delete;
  ~session() { owner_.sessions_.erase(facts.number); }

  // Relays until one side, a fault or a command ends it.
  net::task<void> relay_all(std::unique_ptr<net::stream> client,
                            std::unique_ptr<net::stream> broker) {
    client_ = std::move(client);
    broker_ = std::move(broker);
    {
      net::task_group loops(owner_.rt_);
      for (direction_pump* each : {&to_broker_, &to_client_}) {
        loops.spawn(each->read_loop());
        loops.spawn(each->write_loop());
      }
      co_await done_;
    }
    auto breaches = judge_.finish(ended_by_, owner_.rt_.now());
    if (!how_.faults.empty()) breaches.clear();
    owner_.note(*this, journal_entry::event::closed, ended_by_, how_.text, how_.faults,
                std::move(breaches));
    if (how_.what == ending::kind::rst) {
      client_->reset();
      broker_->reset();
      co_return;
    }
    co_await net::with_deadline(owner_.rt_, owner_.rt_.now() + owner_.options_.close_time,
                                say_goodbye());
  }

  void inject(way direction, const written_part& part) {
    journal_entry e = entry(direction);
    e.became = journal_entry::fate::injected;
    e.unit.raw = part.octets;
    wire_splitter reader(direction, wire_splitter::protocol::stomp);
    if (facts.version) reader.set_version(*facts.version);
    reader.feed(part.octets);
    if (auto read = reader.take(); read && part.what == written_part::kind::stomp) {
      e.unit = std::move(read->units.front());
    }
    owner_.journal_.add(std::move(e));
    pump(direction).write(encode(part, direction), {});
  }
  void end(const ending& how, way by, std::vector<std::string> faults, std::string text) {
    if (done_.is_set()) return;
    how_.what = how.what;
    how_.code = how.code;
    how_.reason = how.reason;
    how_.faults = std::move(faults);
    if (!how_.faults.empty()) ended_ = false;  // a fault or a command is the cause, whoever closed
    first_end(by, std::move(text));
    done_.set();
  }

  bool has_ended() const noexcept { return ended_; }

  relayed_connection facts;

 private:
  struct item {
    std::string octets;
    net::time_point due;
    ending end;            // of the connection, behind the octets
    bool is_last = false;  // the end of this direction's stream
    std::vector<std::string> faults;
  };

  class direction_pump {
   public:
    direction_pump(session& of, way direction)
        : of_(of),
          direction_(direction),
          splitter_(direction, of.owner_.options_.websocket ? wire_splitter::protocol::http
                                                            : wire_splitter::protocol::stomp),
          shaper_(of.owner_.engine_, of.facts, direction),
          wake_(of.owner_.rt_),
          room_(of.owner_.rt_) {}

    net::task<void> read_loop() {
      net::runtime& rt = of_.owner_.rt_;
      net::stream& from = of_.source(direction_);
      std::string buffer(16 * 1024, '\0');
      while (true) {
        while (octets_ > of_.owner_.options_.buffer || stopped_) {
          room_.clear();
          co_await room_;
        }
        auto got = co_await net::read_some(from, buffer);
        if (!got) {
          end_of_input(got.error());
          co_return;
        }
        on_octets(std::string_view(buffer.data(), *got), rt.now());
      }
    }

    net::task<void> write_loop() {
      net::runtime& rt = of_.owner_.rt_;
      net::stream& to = of_.target(direction_);
      while (true) {
        while (queue_.empty()) {
          wake_.clear();
          co_await wake_;
        }
        if (queue_.front().due > rt.now()) co_await net::wait_until(rt, queue_.front().due);
        item next = std::move(queue_.front());
        queue_.pop_front();
        if (!next.octets.empty()) {
          if (const auto error = co_await net::write_all(to, next.octets)) {
            of_.end({ending::kind::rst, 0, {}}, opposite_side(), {}, "connection lost");
            co_return;
          }
        }
        octets_ -= next.octets.size();
        room_.set();
        if (next.end.what != ending::kind::none) {
          std::string text = next.faults.empty() ? "" : "fault " + next.faults.front();
          of_.end(next.end, direction_, std::move(next.faults), std::move(text));
          co_return;
        }
        if (next.is_last) {
          to.shutdown_write();
          written_out_ = true;
          of_.half_closed();
          co_return;
        }
      }
    }

    // Queues octets that the shaper may change.
    void write(std::string octets, net::duration delay) {
      for (auto& piece : shaper_.pass(std::move(octets), of_.owner_.rt_.now(), delay)) {
        push({std::move(piece.octets), piece.due, piece.end, false, {}});
      }
    }
    void finish(const ending& how, net::duration delay, std::vector<std::string> faults) {
      const auto due = of_.owner_.rt_.now() + delay;
      push({{},
            queue_.empty() ? due : std::max(due, queue_.back().due),
            how,
            false,
            std::move(faults)});
    }
    bool written_out() const noexcept { return written_out_; }
    void set_version(stomp::version v) noexcept { splitter_.set_version(v); }

   private:
    // The side that reads this direction.
    way opposite_side() const noexcept { return opposite(direction_); }

    void push(item next) {
      octets_ += next.octets.size();
      queue_.push_back(std::move(next));
      wake_.set();
    }

    void on_octets(std::string_view octets, net::time_point now) {
      // Whole pieces are held back only while a fault may want one of them.
      if (splitter_.held() == 0) holding_ = of_.owner_.engine_.watches(of_.facts, direction_);
      if (!holding_ && !silent_) write(std::string(octets), {});
      splitter_.feed(octets);
      while (auto piece = splitter_.take()) on_piece(std::move(*piece), now);
    }

    void end_of_input(std::error_code error) {
      const auto now = of_.owner_.rt_.now();
      if (auto rest = splitter_.give_up()) on_piece(std::move(*rest), now);
      of_.first_end(direction_, std::string(reason_of(error)));
      if (error != net::errc::end_of_stream) {
        of_.end({ending::kind::rst, 0, {}}, direction_, {}, std::string(reason_of(error)));
        return;
      }
      push({{}, shaper_.pass_end(now), {}, true, {}});
    }

    void on_piece(wire_piece piece, net::time_point now) {
      const auto breaches = of_.judge_.look(direction_, piece, now);
      std::vector<verdict> verdicts;
      bool altered = false;
      net::duration delay{};
      ending end;
      std::vector<std::string> by;
      for (std::size_t i = 0; i < piece.units.size(); ++i) {
        const wire_unit& unit = piece.units[i];
        of_.learn(direction_, unit);
        if (unit.what == wire_unit::kind::close) of_.first_end(direction_, summary_of(unit));
        verdict v;
        if (holding_) v = of_.owner_.engine_.judge(of_.facts, direction_, unit, now);
        journal_entry e = of_.entry(direction_);
        e.unit = unit;
        if (i < breaches.size()) e.breaches = breaches[i];
        e.faults = v.faults;
        e.became = silent_ || shaper_.is_silent() ? journal_entry::fate::dropped : fate_of(v);
        altered = altered || v.altered;
        delay += v.delay;
        if (v.end.what != ending::kind::none) {
          end = v.end;
          by = v.faults;
        }
        of_.owner_.journal_.add(std::move(e));
        verdicts.push_back(std::move(v));
      }
      if (holding_ && !silent_) forward(piece, verdicts, altered, delay);
      for (const auto& v : verdicts) {
        for (const auto& part : v.back) of_.inject(opposite(direction_), part);
        silent_ = silent_ || v.blackhole;
        stopped_ = stopped_ || v.stop_reading;
      }
      if (end.what == ending::kind::none) return;
      // What goes back to the sender must be written before the connection ends.
      const bool answers = !verdicts.back().back.empty();
      of_.pump(answers ? opposite(direction_) : direction_).finish(end, delay, std::move(by));
    }

    static journal_entry::fate fate_of(const verdict& v) {
      if (v.altered && v.forward.empty()) return journal_entry::fate::dropped;
      if (v.altered || v.delay.count() > 0) return journal_entry::fate::altered;
      return journal_entry::fate::passed;
    }

    void forward(const wire_piece& piece, const std::vector<verdict>& verdicts, bool altered,
                 net::duration delay) {
      const bool is_held = !of_.facts.held.empty();
      if (!altered) {
        write(piece.wire, delay);
      } else {
        for (std::size_t i = 0; i < verdicts.size(); ++i) {
          if (verdicts[i].altered) {
            for (const auto& part : verdicts[i].forward) {
              write(of_.encode(part, direction_), delay);
            }
          } else {
            write(of_.encode(part_of(piece.units[i]), direction_), delay);
          }
        }
      }
      // Something has passed: now what was held back for it.
      const bool passed = !altered || !verdicts.back().altered || !verdicts.back().forward.empty();
      if (!is_held || !passed) return;
      auto held = std::exchange(of_.facts.held, {});
      for (auto& [direction, unit] : held) {
        if (direction != direction_) {
          of_.facts.held.emplace_back(direction, std::move(unit));
        } else {
          write(of_.encode(part_of(unit), direction_), {});
        }
      }
    }

    session& of_;
    way direction_;
    wire_splitter splitter_;
    stream_shaper shaper_;
    std::deque<item> queue_;
    std::size_t octets_ = 0;  // in the queue
    net::event wake_;
    net::event room_;
    bool holding_ = false;
    bool silent_ = false;       // nothing goes on any more
    bool stopped_ = false;      // nothing is read any more
    bool written_out_ = false;  // its end was passed on
  };

  direction_pump& pump(way direction) {
    return direction == way::to_broker ? to_broker_ : to_client_;
  }
  net::stream& source(way direction) { return direction == way::to_broker ? *client_ : *broker_; }
  net::stream& target(way direction) { return source(opposite(direction)); }

  journal_entry entry(way direction) const {
    journal_entry e;
    e.leg = facts.leg;
    e.connection = facts.number;
    e.direction = direction;
    e.at = owner_.rt_.now();
    e.wall = owner_.rt_.wall_now();
    return e;
  }

  // Keeps the facts of the connection up to date.
  void learn(way direction, const wire_unit& unit) {
    if (unit.what == wire_unit::kind::request) {
      const std::string& line = unit.frame.command;
      const auto from = line.find(' ');
      const auto to = line.find(' ', from + 1);
      if (from != std::string::npos) facts.path = line.substr(from + 1, to - from - 1);
    }
    if (unit.what != wire_unit::kind::frame) return;
    const stomp::frame& f = unit.frame;
    if (direction == way::to_client) {
      if (f.command != "CONNECTED") return;
      facts.version = stomp::parse_version(f.get_or("version", "1.0"));
      if (facts.version) to_broker_.set_version(*facts.version);
    } else if (f.command == "CONNECT" || f.command == "STOMP") {
      facts.login = f.get_or("login", {});
    } else if (f.command == "SUBSCRIBE" && facts.subscriptions.size() < 10000) {
      facts.subscriptions[std::string(f.get_or("id", {}))] = f.get_or("destination", {});
    }
  }

  std::string encode(const written_part& part, way direction) {
    if (!facts.websocket || part.what == written_part::kind::wire) return part.octets;
    std::string out;
    ws::write_options how;
    if (direction == way::to_broker) how.mask = mask();
    ws::write_frame(out, ws::opcode::text, part.octets, how);
    return out;
  }
  ws::mask_key mask() {
    const std::uint64_t chance = owner_.rt_.random();
    ws::mask_key key{};
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = std::uint8_t(chance >> (8 * i));
    return key;
  }

  // Which side ended first, and why: for the journal.
  void first_end(way by, std::string why) {
    if (ended_) return;
    ended_ = true;
    ended_by_ = by;
    how_.text = std::move(why);
  }
  void half_closed() {
    if (to_broker_.written_out() && to_client_.written_out()) done_.set();
  }

  net::task<int> say_goodbye() {
    if (how_.what == ending::kind::close) {
      std::string masked;
      ws::write_close(masked, ws::close_code(how_.code), how_.reason, mask());
      co_await net::write_all(*broker_, masked);
      std::string plain;
      ws::write_close(plain, ws::close_code(how_.code), how_.reason);
      co_await net::write_all(*client_, plain);
    }
    client_->shutdown_write();
    broker_->shutdown_write();
    co_await net::drop_rest(owner_.rt_, *client_);
    co_return co_await net::drop_rest(owner_.rt_, *broker_);
  }

  struct ended_how : ending {
    std::string text;
    std::vector<std::string> faults;
  };

  relay& owner_;
  conformance judge_;
  std::unique_ptr<net::stream> client_;
  std::unique_ptr<net::stream> broker_;
  direction_pump to_broker_;
  direction_pump to_client_;
  net::event done_;
  bool ended_ = false;
  way ended_by_ = way::to_broker;
  ended_how how_;
};

struct relay::inner {
  inner(net::runtime& rt, net::endpoint own) : arrived(rt), at(std::move(own)) {}
  std::deque<std::unique_ptr<net::stream>> waiting;
  net::event arrived;
  net::endpoint at;
};

// What comes out behind a relay of the same process.
class relay::inner_listener final : public net::listener {
 public:
  explicit inner_listener(std::shared_ptr<inner> shared) : shared_(std::move(shared)) {}
  net::task<net::result<std::unique_ptr<net::stream>>> accept() override {
    while (shared_->waiting.empty()) {
      shared_->arrived.clear();
      co_await shared_->arrived;
    }
    auto next = std::move(shared_->waiting.front());
    shared_->waiting.pop_front();
    co_return std::move(next);
  }
  net::endpoint local_endpoint() const override { return shared_->at; }

 private:
  std::shared_ptr<inner> shared_;
};

relay::relay(net::runtime& rt, fault_engine& engine, journal& log, relay_options options)
    : rt_(rt),
      engine_(engine),
      journal_(log),
      options_(std::move(options)),
      acceptors_(rt),
      connections_(rt) {}

relay::~relay() {
  acceptors_.cancel();
  connections_.cancel();
}

void relay::serve(std::unique_ptr<net::listener> from, opener upstream) {
  acceptors_.spawn(accept_loop(std::move(from), std::move(upstream)));
}

std::unique_ptr<net::listener> relay::wrap(std::unique_ptr<net::listener> from) {
  inner_ = std::make_shared<inner>(rt_, from->local_endpoint());
  auto open = [](net::runtime& rt, std::shared_ptr<inner> to,
                 net::endpoint client) -> net::task<net::result<std::unique_ptr<net::stream>>> {
    auto [near, far] = net::make_memory_pipe(rt, client, to->at);
    to->waiting.push_back(std::move(far));
    to->arrived.set();
    co_return std::move(near);
  };
  serve(std::move(from), [this, open, shared = inner_](const net::endpoint& client) {
    return open(rt_, shared, client);
  });
  return reopen();
}

std::unique_ptr<net::listener> relay::reopen() { return std::make_unique<inner_listener>(inner_); }

relay::opener relay::connector(std::string host, std::uint16_t port,
                               std::shared_ptr<const net::tls_context> tls) {
  auto open = [](net::runtime& rt, std::string to, std::uint16_t number,
                 std::shared_ptr<const net::tls_context> trust)
      -> net::task<net::result<std::unique_ptr<net::stream>>> {
    auto connected = co_await rt.connect(to, number);
    if (!connected || !trust) co_return std::move(connected);
    co_return co_await net::tls_connect(rt, std::move(*connected), trust, to);
  };
  return [this, open, host, port, tls](const net::endpoint&) {
    return net::within(rt_, options_.tls_time, open(rt_, host, port, tls));
  };
}

std::vector<relayed_connection> relay::open() const {
  std::vector<relayed_connection> list;
  for (const auto& [number, each] : sessions_)
    if (!each->has_ended()) list.push_back(each->facts);
  return list;
}

bool relay::inject(std::uint64_t connection, way direction, const written_part& part) {
  const auto found = sessions_.find(connection);
  if (found == sessions_.end()) return false;
  found->second->inject(direction, part);
  return true;
}

bool relay::end(std::uint64_t connection, const ending& how) {
  const auto found = sessions_.find(connection);
  if (found == sessions_.end()) return false;
  found->second->end(how, way::to_client, {"command"}, "ended by a command");
  return true;
}

void relay::reset_all() {
  for (const auto& [number, each] : sessions_) {
    each->end({ending::kind::rst, 0, {}}, way::to_client, {"command"}, "ended by a command");
  }
}

net::task<void> relay::accept_loop(std::unique_ptr<net::listener> from, opener upstream) {
  while (true) {
    auto accepted = co_await from->accept();
    if (!accepted) {
      co_await net::wait_until(rt_, rt_.now() + std::chrono::milliseconds(100));
      continue;
    }
    if (connections_.size() >= options_.max_connections) continue;
    connections_.spawn(run(std::move(*accepted), upstream));
  }
}

net::task<void> relay::run(std::unique_ptr<net::stream> client, opener upstream) {
  newest_ = journal_.number_connection(options_.leg);
  session s(*this, newest_);
  note(s, journal_entry::event::opened, way::to_broker, {});
  const verdict v = engine_.judge_opening(s.facts, rt_.now());
  if (v.end.what != ending::kind::none) {
    note(s, journal_entry::event::closed, way::to_client, "fault " + v.faults.front(), v.faults);
    client->reset();
    co_return;
  }
  if (options_.tls) {
    auto secured = co_await net::within(rt_, options_.tls_time,
                                        net::tls_accept(rt_, std::move(client), options_.tls));
    if (!secured) {
      note(s, journal_entry::event::closed, way::to_broker, "no TLS handshake");
      co_return;
    }
    client = std::move(*secured);
  }
  auto opened = co_await upstream(client->remote_endpoint());
  if (!opened) {
    note(s, journal_entry::event::closed, way::to_client,
         "cannot connect: " + opened.error().message());
    client->reset();
    co_return;
  }
  co_await s.relay_all(std::move(client), std::move(*opened));
}

void relay::note(session& of, journal_entry::event what, way by, std::string text,
                 std::vector<std::string> faults, std::vector<std::string> breaches) {
  journal_entry e;
  e.leg = of.facts.leg;
  e.connection = of.facts.number;
  e.what = what;
  e.direction = by;
  e.unit.text = std::move(text);
  e.faults = std::move(faults);
  e.breaches = std::move(breaches);
  e.at = rt_.now();
  e.wall = rt_.wall_now();
  journal_.add(std::move(e));
}

}  // namespace mockbroker
