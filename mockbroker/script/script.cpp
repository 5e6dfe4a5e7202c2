#include "mockbroker/script/script.hpp"

#include <algorithm>

#include "mockbroker/faults/wire_unit.hpp"

namespace mockbroker {

namespace ladder = harness::ladder;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t most_waiting = 10000;  // arrivals of one client that no line has taken
constexpr std::size_t most_told = 1000;
constexpr std::size_t most_places = 100000;
constexpr std::string_view barrier = "ladder-barrier-";  // of a player that asks for a receipt

std::string ms(net::duration d) {
  return std::to_string(std::chrono::duration_cast<milliseconds>(d).count()) + " ms";
}

// Stand around the name of a variable in octets that are parsed before it has a value.
constexpr char mark_begin = '\x01';
constexpr char mark_end = '\x02';

// A text, in which marks are variables again.
ladder::value literal(std::string_view text) {
  using kind = ladder::part::kind;
  ladder::segment out;
  while (true) {
    const auto begin = std::min(text.find(mark_begin), text.size());
    const auto end = text.find(mark_end, begin);
    const bool has_mark = end != text.npos;
    const auto plain = has_mark ? text.substr(0, begin) : text;
    if (!plain.empty() || !has_mark) out.parts.push_back({kind::text, std::string(plain), 0});
    if (!has_mark) break;
    const auto name = text.substr(begin + 1, end - begin - 1);
    out.parts.push_back({kind::variable, std::string(name), 0});
    text.remove_prefix(end + 1);
    if (text.empty()) break;
  }
  return {{std::move(out)}};
}

ladder::pattern equal(std::string name, std::string_view text) {
  return {ladder::pattern::kind::equal, std::move(name), literal(text)};
}

// Only the first header of a name counts.
void add_first(ladder::expect_step& to, ladder::pattern p) {
  if (!names(to, p.name)) to.headers.push_back(std::move(p));
}

// Exactly this frame.
ladder::expect_step exactly(const ladder::wire_frame& f) {
  ladder::expect_step e;
  e.command = f.command;
  for (const auto& [name, text] : f.headers) add_first(e, equal(name, text));
  e.body = equal("body", f.body);
  e.only = e.on_wire = true;
  return e;
}

bool has(const std::vector<ladder::step>& steps, bool (*is)(const ladder::step&)) {
  return std::any_of(steps.begin(), steps.end(),
                     [is](const ladder::step& s) { return is(s) || has(s.inner, is); });
}
bool is_open(const ladder::step& s) { return s.what == ladder::step::kind::open; }
bool is_drop(const ladder::step& s) {
  return s.what == ladder::step::kind::send && s.send.what == ladder::send_step::kind::drop;
}

std::uint16_t code_of(const std::string& text) {
  return text.empty() ? std::uint16_t(1000)
                      : std::uint16_t(std::strtoul(text.c_str(), nullptr, 10));
}

}  // namespace

script::script(std::vector<ladder::row> rows, script_output& out)
    : rows_(std::move(rows)), out_(out) {
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    std::set<unsigned> open;
    unsigned number = 1;
    add_places(rows_[i].steps, i, open, number);
  }
  begin_case();
}

// `open` holds the numbers of the connections that are open at this line.
void script::add_places(const std::vector<step>& steps, std::size_t of_case,
                        std::set<unsigned>& open, unsigned& number) {
  for (const step& s : steps) {
    if (s.what == step::kind::repeat && (has(s.inner, is_open) || has(s.inner, is_drop))) {
      for (std::size_t i = 0; i < s.times; ++i) add_places(s.inner, of_case, open, number);
    }
    if (is_drop(s)) open.erase(number);
    if (s.what != step::kind::open) continue;
    number = s.open.number;
    if (!open.insert(number).second || places_.size() == most_places) continue;
    place made;
    made.of_case = of_case;
    made.number = s.open.number;
    const auto& on = rows_[of_case].on;
    if (s.open.using_) {
      made.websocket = *s.open.using_ == ladder::transport::ws;
    } else if (on.size() == 1) {
      made.websocket = on.contains(ladder::transport::ws);
    }
    places_.push_back(std::move(made));
  }
}

void script::begin_case() {
  levels_.clear();
  scope_ = {};
  scope_.takes_any_time = true;
  scope_.now_ms = out_.civil_ms();
  number_ = 1;
  connects_ = has_octets_ = false;
  until_.reset();
  told_.clear();
  if (case_ < rows_.size()) levels_.push_back({&rows_[case_].steps});
}

void script::end_case() {
  for (const place& p : places_) {
    if (p.of_case != case_ || !p.taken || p.taken->is_closed) continue;
    for (const auto& a : p.taken->waiting) {
      if (a.what != ladder::arrival::kind::frame) continue;
      number_ = p.number;
      throw mismatch{"expected nothing more\n  came    : " + to_string(a)};
    }
  }
  out_.ended(rows_[case_], {});
  ++case_;
  begin_case();
}

template <class F>
void script::guarded(net::time_point now, F f) {
  if (!began_) began_ = now;
  if (failed_) return;
  try {
    f();
    advance(now);
  } catch (const mismatch& m) {
    return fail(m.text, now);
  }
  ask_to_wake();
}

void script::fail(const std::string& text, net::time_point now) {
  failed_ = true;
  const bool is_over = case_ == rows_.size();
  const ladder::row& r = rows_[is_over ? case_ - 1 : case_];
  const auto report = ladder::failure_report(r, is_over ? r.line : line_, "broker", text, told_);
  out_.ended(r, report);
  for (place& p : places_) {
    if (!p.taken || p.taken->has_left || p.taken->is_closed) continue;
    p.taken->is_closed = true;
    ladder::wire_frame error;
    error.command = "ERROR";
    error.headers = {{"message", "not as the ladder says: " + text.substr(0, text.find('\n'))},
                     {"content-type", "text/plain"}};
    error.body = report;
    out_.send(p.taken->id(), p.taken->send(error, false, now));
    out_.close(p.taken->id(), 1008, "not as the ladder says");
  }
}

void script::on_open(client_id id, client_info info, net::time_point now) {
  if (failed_) return out_.close(id, 1008, "the ladder is over");
  guarded(now, [&] {
    const auto found = std::find_if(places_.begin(), places_.end(), [&info](const place& p) {
      return !p.taken && p.websocket.value_or(info.websocket) == info.websocket;
    });
    if (found == places_.end()) {
      out_.close(id, 1008, "not in the ladder");
      throw mismatch{std::string("expected no further connection over ") +
                     (info.websocket ? "ws" : "tcp") + "\n  came    : a connection"};
    }
    found->taken = std::make_unique<script_client>(id, std::move(info), now);
    tell(*found, "opened over " + std::string(found->taken->info().websocket ? "ws" : "tcp"), now);
  });
}

void script::on_arrival(client_id id, ladder::arrival got, net::time_point now) {
  guarded(now, [&] {
    place* p = place_of(id);
    if (!p || p->taken->has_left) return;
    script_client& from = *p->taken;
    const bool is_beat = got.what == ladder::arrival::kind::beat;
    const bool is_end = got.what == ladder::arrival::kind::close;
    from.has_left = is_end;
    if (from.is_closed) return;
    got.at = now;
    if (!is_beat) tell(*p, "> " + to_string(got), now);
    const auto* transaction = got.frame.find("transaction");
    if (transaction && transaction->starts_with(barrier)) return answer_barrier(from, got, now);
    if (got.what == ladder::arrival::kind::frame) from.note(got.frame);
    // Beats are waited for by `> beat` only: the others are passed over when a line is taken.
    if (p->of_case < case_ && !is_beat && !is_end) {
      number_ = p->number;
      throw mismatch{"expected nothing more\n  came    : " + to_string(got)};
    }
    if (from.waiting.size() >= most_waiting) {
      if (is_beat) return;
      throw mismatch{"expected the script to keep up\n  came    : more than " +
                     std::to_string(most_waiting) + " frames"};
    }
    from.waiting.push_back(std::move(got));
  });
}

// A player of the same ladder asks whether the connection is there (`never`, `expect open`).
void script::answer_barrier(script_client& from, const ladder::arrival& got, net::time_point now) {
  const auto* receipt = got.frame.find("receipt");
  if (!receipt) return;
  ladder::wire_frame answer;
  answer.command = "RECEIPT";
  answer.headers = {{"receipt-id", *receipt}};
  out_.send(from.id(), from.send(answer, true, now));
}

void script::on_tick(net::time_point now) {
  guarded(now, [&] { beat(now); });
}

void script::beat(net::time_point now) {
  for (place& p : places_) {
    const auto due = p.taken ? p.taken->next_beat() : std::nullopt;
    if (!due || *due > now) continue;
    p.taken->sent_beat(now);
    ++p.taken->unsaid_beats;
    out_.send(p.taken->id(), "\n");
  }
}

void script::finish(net::time_point now) {
  guarded(now, [] {});  // what needs nobody
  if (failed_ || is_done()) return;
  guarded(now, [&] {
    const step* s = &(*levels_.back().steps)[levels_.back().at];
    line_ = s->line;
    throw mismatch{"expected " + s->source + "\n  nothing came"};
  });
}

void script::ask_to_wake() {
  std::optional<net::time_point> next = until_;
  for (const place& p : places_) {
    const auto due = p.taken ? p.taken->next_beat() : std::nullopt;
    if (due && (!next || *due < *next)) next = due;
  }
  if (next) out_.wake_at(*next);
}

void script::advance(net::time_point now) {
  while (case_ < rows_.size()) {
    level& top = levels_.back();
    if (top.at == top.steps->size()) {
      if (levels_.size() == 1) {
        end_case();
        continue;
      }
      if (top.times_left > 1) {
        --top.times_left;
        top.at = 0;
        ++top.repetition;
      } else {
        levels_.pop_back();
        ++levels_.back().at;
      }
      continue;
    }
    const step& s = (*top.steps)[top.at];
    line_ = s.line;
    scope_.repetition = top.repetition;
    if (s.what == step::kind::repeat && s.times > 0 && !s.inner.empty()) {
      levels_.push_back({&s.inner, 0, s.times, 0});
      continue;
    }
    if (!play(s, now)) return;
    ++levels_.back().at;
  }
}

bool script::play(const step& s, net::time_point now) {
  switch (s.what) {
    case step::kind::open:
      return play_open(s.open, now);
    case step::kind::send:
      return take_sent(s.send);
    case step::kind::expect:
      return say(s.expect, now);
    case step::kind::any_order:
      for (const step& each : s.inner) {
        expect_step at_once = each.expect;
        at_once.at.reset();
        say(at_once, now);
      }
      return true;
    case step::kind::mark:
      if (auto* c = current()) c->mark = now;
      return true;
    case step::kind::wait:
      return wait_until(until_.value_or(now + s.pause), now);
    case step::kind::never:   // nothing is said that no line says
    case step::kind::pace:    // the client's
    case step::kind::alive:   // its receipt is answered whenever it is asked for
    case step::kind::repeat:  // nothing in it
      return true;
  }
  return true;
}

bool script::wait_until(net::time_point when, net::time_point now) {
  until_ = when;
  if (now < when) return false;
  until_.reset();
  return true;
}

bool script::play_open(const ladder::open_connection& o, net::time_point now) {
  number_ = o.number;
  script_client* c = current();
  if (!c) return false;
  if (!c->has_begun) {
    c->has_begun = true;
    c->mark = now;
    connects_ = !o.connected.empty();
    for (const ladder::field& f : o.options) {
      const bool is_compared =
          f.name == "path" || (f.name == "subprotocol" && !rows_[case_].any_client);
      if (!is_compared || !c->info().websocket) continue;
      const auto& is = f.name == "path" ? c->info().path : c->info().subprotocols;
      const auto wanted = text_of(f.text);
      if (is == wanted) continue;
      throw mismatch{"expected a handshake with " + f.name + "=" + ladder::printable(wanted) +
                     "\n  came    : " + ladder::printable(is)};
    }
  }
  return !connects_ || take_connect(o, now);
}

// `conn N connected VERSION`: CONNECT is expected and CONNECTED said.
bool script::take_connect(const ladder::open_connection& o, net::time_point now) {
  expect_step wanted;
  wanted.command = "CONNECT";
  const ladder::value versions = literal("(^|,)" + o.connected + "(,|$)");
  wanted.headers.push_back({ladder::pattern::kind::regex, "accept-version", versions});
  for (const ladder::field& f : o.options) {
    if (f.name == "path" || f.name == "subprotocol") continue;
    const bool is_hidden = is_secret(f.name);
    wanted.headers.push_back(
        {is_hidden ? ladder::pattern::kind::any : ladder::pattern::kind::equal, f.name, f.text});
  }
  if (!take_frame(wanted)) return false;
  expect_step answer;
  answer.command = "CONNECTED";
  answer.headers.push_back(equal("version", o.connected));
  for (const char* name : {"heart-beat", "session", "server"}) {
    answer.headers.push_back({ladder::pattern::kind::any, name, literal("*")});
  }
  say_frame(answer, now);
  current()->mark = now;
  connects_ = false;
  return true;
}

bool script::take_sent(const ladder::send_step& s) {
  using kind = ladder::send_step::kind;
  script_client* c = current();
  if (!c) throw mismatch{"connection " + std::to_string(number_) + " is not open"};
  if (s.what == kind::drop && (c->is_closed || c->has_left)) return drop();
  const bool is_end = s.what == kind::close || s.what == kind::end || s.what == kind::drop;
  if (is_end && (c->is_closed || (c->has_left && c->waiting.empty()))) return true;
  if (s.what == kind::frame && leaves_out(s)) return true;
  if (s.what == kind::frame) {
    if (!take_frame(expectation_of(s))) return false;
    if (!s.at || taken_at_ - c->mark >= *s.at) return true;
    throw mismatch{"expected this frame " + ms(*s.at) + " after the mark\n  came    : after " +
                   ms(taken_at_ - c->mark)};
  }
  if (s.what == kind::raw || s.what == kind::text) return take_octets(s);
  while (!c->waiting.empty()) {
    const ladder::arrival got = std::move(c->waiting.front());
    c->waiting.pop_front();
    const bool is_beat = got.what == ladder::arrival::kind::beat;
    if (s.what == kind::beat && is_beat) return true;
    if (is_end && got.what == ladder::arrival::kind::close) {
      return s.what == kind::drop ? drop() : true;
    }
    if (is_beat) continue;
    const bool takes_leave = got.what == ladder::arrival::kind::frame &&
                             got.frame.command == "DISCONNECT" && rows_[case_].any_client;
    if (is_end && takes_leave) {
      answer_receipt(got);
      continue;
    }
    throw mismatch{std::string("expected ") + (is_end ? "the client's end" : "a beat") +
                   "\n  came    : " + to_string(got)};
  }
  return false;
}

// With `clients any`: whether the client has gone without this DISCONNECT.
bool script::leaves_out(const ladder::send_step& s) {
  script_client& c = *current();
  const bool is_gone = c.is_closed || c.has_left;
  const bool has_more = std::any_of(c.waiting.begin(), c.waiting.end(), [](const auto& a) {
    return a.what == ladder::arrival::kind::frame;
  });
  if (!rows_[case_].any_client || !is_gone || has_more) return false;
  const auto wanted = expectation_of(s);
  if (wanted.command != "DISCONNECT") return false;
  c.choices.has_left_out(wanted, scope_);
  return true;
}

// The receipt that a client wants and that no line says.
void script::answer_receipt(const ladder::arrival& got) {
  const auto* receipt = got.frame.find("receipt");
  if (!receipt || got.frame.command == "CONNECT") return;
  expect_step answer;
  answer.command = "RECEIPT";
  answer.headers.push_back(equal("receipt-id", ladder::unescaped(*receipt)));
  say_frame(answer, got.at);
}

// `> drop`: a further `conn` of its number is another connection.
bool script::drop() {
  script_client& c = *current();
  const bool has_more = std::any_of(c.waiting.begin(), c.waiting.end(), [](const auto& a) {
    return a.what == ladder::arrival::kind::frame;
  });
  if (has_more) {
    throw mismatch{"expected the client's end\n  came    : " + to_string(c.waiting.front())};
  }
  for (place& p : places_) {
    if (p.taken.get() == &c) p.is_over = true;
  }
  return true;
}

// `> raw`: the frames that its octets are.
bool script::take_octets(const ladder::send_step& s) {
  if (!has_octets_) {
    ladder::scope marked = scope_;
    for (const auto& each : s.body.segments) {
      for (const auto& p : each.parts) {
        const bool is_free =
            p.what == ladder::part::kind::variable && !ladder::is_bound(scope_, p.text);
        if (is_free) marked.variables[p.text] = mark_begin + p.text + mark_end;
      }
    }
    std::string problem;
    const std::string text = ladder::render(s.body, marked, problem);
    std::string_view rest = text;
    ladder::wire_reader reader(ladder::wire_reader::from::client);
    while (!rest.empty()) {
      const auto event = reader.next(rest);
      if (event == ladder::wire_reader::event::frame) octets_.push_back(reader.take());
      if (event == ladder::wire_reader::event::none) break;
    }
    has_octets_ = true;
  }
  while (!octets_.empty()) {
    if (!take_frame(exactly(octets_.front()))) return false;
    octets_.erase(octets_.begin());
  }
  has_octets_ = false;
  return true;
}

// Takes the next frame of the current client and compares it. False: there is none yet.
bool script::take_frame(const expect_step& line) {
  script_client& c = *current();
  expect_step wanted = line;
  while (!c.waiting.empty()) {
    const ladder::arrival got = std::move(c.waiting.front());
    c.waiting.pop_front();
    if (got.what == ladder::arrival::kind::beat) continue;
    taken_at_ = got.at;
    scope_.last = &c.last();
    const bool is_frame = got.what == ladder::arrival::kind::frame;
    const bool is_adapted = rows_[case_].any_client && is_frame && !line.only;  // not `> raw`
    if (is_adapted) c.choices.adapt(wanted, got.frame, scope_);
    const auto wrong = differences(wanted, got, scope_);
    if (wrong.empty()) {
      if (is_adapted && !names(line, "receipt")) answer_receipt(got);
      return true;
    }
    std::string text = "expected " + describe(wanted, scope_, ">") + "\n  came    : ";
    text += to_string(got);
    for (const auto& w : wrong) text += "\n            " + w;
    throw mismatch{std::move(text)};
  }
  if (c.has_left || c.is_closed) {
    throw mismatch{"expected " + describe(wanted, scope_, ">") + "\n  the connection has ended"};
  }
  return false;
}

// A `>` line as what must come. Only what it names is compared, as in `<` lines.
ladder::expect_step script::expectation_of(const ladder::send_step& s) {
  script_client& c = *current();
  expect_step out;
  out.command = text_of(s.command);
  out.on_wire = c.version() == "1.0" || c.version().empty();  // no escapes, or not yet
  for (const ladder::field& f : s.headers) {
    const auto variable = f.text.variable();
    if (variable.starts_with("last.") && !c.last().find(variable.substr(5))) continue;
    std::string problem;
    const auto text = ladder::render(f.text, scope_, problem);
    const bool is_masked = is_secret(f.name) && text == "***";
    const bool is_length = f.name == "content-length" && text == "*";
    const auto how =
        is_masked || is_length ? ladder::pattern::kind::any : ladder::pattern::kind::equal;
    add_first(out, {how, f.name, f.text});
  }
  if (!s.body.empty()) out.body = ladder::pattern{ladder::pattern::kind::equal, "body", s.body};
  return out;
}

// Whether it was said; false: its time has not come.
bool script::say(const expect_step& e, net::time_point now) {
  using kind = expect_step::kind;
  script_client* c = current();
  if (!c) throw mismatch{"connection " + std::to_string(number_) + " is not open"};
  // A little behind the earliest: the client's clock begins later than ours.
  const auto window = e.at.value_or(std::pair(net::duration(0), net::duration(0)));
  const auto earliest = c->mark + window.first + (window.second - window.first) / 4;
  const bool is_promised = e.what == kind::beat && c->next_beat();
  if (e.at && !is_promised && !wait_until(earliest, now)) return false;
  if (e.what == kind::close) {
    if (c->is_closed || c->has_left) return true;
    std::string reason;
    if (e.body && e.body->what == ladder::pattern::kind::equal) reason = text_of(e.body->text);
    c->is_closed = true;
    out_.close(c->id(), code_of(e.command), reason);
    return true;
  }
  expect_step answer = e;
  const bool is_any = rows_[case_].any_client && e.what == kind::frame;
  if (is_any && !c->choices.adapt_answer(answer, scope_)) return true;
  if (c->has_left || c->is_closed) {
    throw mismatch{"expected the client to wait for " + describe(e, scope_) +
                   "\n  the connection has ended"};
  }
  if (e.what == kind::frame) {
    c->unsaid_beats = 0;
    say_frame(answer, now);
  } else if (is_promised) {
    // CONNECTED promised beats, which come by themselves.
    const bool is_sent = c->unsaid_beats > 0;
    if (!is_sent && !(e.at && wait_until(earliest, now))) return false;
    if (is_sent) {
      --c->unsaid_beats;
    } else {
      c->sent_beat(now);
      out_.send(c->id(), "\n");
    }
    until_.reset();
  } else {
    c->sent_beat(now);
    out_.send(c->id(), "\n");
  }
  return true;
}

void script::say_frame(const expect_step& e, net::time_point now) {
  script_client& c = *current();
  std::string problem;
  const auto made = c.make(e, scope_, values_, out_.civil_ms(), problem);
  if (!problem.empty()) throw mismatch{problem};
  ladder::arrival shown;
  shown.frame = made;
  for (const place& p : places_) {
    if (p.taken.get() == &c) tell(p, "< " + to_string(shown), now);
  }
  out_.send(c.id(), c.send(made, e.on_wire, now));
}

script_client* script::current() {
  for (place& p : places_) {
    if (p.of_case == case_ && p.number == number_ && !p.is_over) return p.taken.get();
  }
  return nullptr;
}

script::place* script::place_of(client_id id) {
  for (place& p : places_) {
    if (p.taken && p.taken->id() == id) return &p;
  }
  return nullptr;
}

std::string script::text_of(const ladder::value& v) {
  std::string problem;
  if (auto* c = current()) scope_.last = &c->last();
  auto text = ladder::render(v, scope_, problem);
  if (!problem.empty()) throw mismatch{problem};
  return text;
}

void script::tell(const place& of, const std::string& text, net::time_point now) {
  if (told_.size() >= most_told) told_.erase(told_.begin(), told_.begin() + most_told / 2);
  told_.push_back("c" + std::to_string(of.number) + " +" + ms(now - *began_) + " " + text);
}

}  // namespace mockbroker
