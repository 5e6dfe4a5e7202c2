#include "mockbroker/broker/connection.hpp"

#include <algorithm>
#include <utility>

namespace mockbroker {
namespace {

// Compares without stopping at the first difference: the time taken tells nothing.
bool same_secret(std::string_view a, std::string_view b) noexcept {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    difference |=
        static_cast<unsigned char>(a[i]) ^ static_cast<unsigned>(static_cast<unsigned char>(b[i]));
  }
  return difference == 0;
}

std::string_view scheme(stomp::transport how) noexcept {
  return how == stomp::transport::messages ? "ws://" : "tcp://";
}

}  // namespace

connection::connection(broker_state& shared, connection_id id, open_info info, time_point now)
    : shared_(shared),
      id_(id),
      info_(std::move(info)),
      opened_(now),
      now_(now),
      session_text_(shared.expand(shared.options.kind.ids.session, id)),
      message_prefix_(shared.expand(shared.options.kind.ids.message, id)),
      ack_prefix_(shared.expand(shared.options.kind.ids.ack, id)),
      temporary_prefix_(shared.expand(shared.options.kind.ids.temporary, id)),
      session_(session_options(info_), info_.how, *this, now) {}

connection::~connection() { release(); }

stomp::server_options connection::session_options(const open_info& info) const {
  const profile& p = shared_.options.kind;
  stomp::server_options o;
  o.rules = p.rules;
  if (info.how == stomp::transport::stream) o.rules.limit.frame = p.largest_frame;
  o.versions = info.versions;
  o.server_name = p.server;
  o.session_id = session_text_;
  o.beats = p.beats;
  o.beat = p.beat;
  o.grace = p.grace;
  o.periodic_beat_checks = p.periodic_beat_checks;
  o.connect_timeout = p.connect_timeout;
  o.newline_after_frame = p.newline_after_frame;
  o.length = p.length;
  o.headers = p.headers;
  o.error_message_last = p.error_message_last;
  o.bounds = shared_.options.per_connection;
  return o;
}

void connection::on_bytes(std::string_view bytes, time_point now) {
  now_ = now;
  bytes_in_ += bytes.size();
  session_.on_bytes(bytes, now);
  note_partial();
}

// Frames that have not come whole take memory as well; of a connection that ended, none.
void connection::note_partial() {
  const std::size_t held_back = closed_ ? 0 : session_.buffered();
  shared_.partial += held_back - std::exchange(partial_, held_back);
}

void connection::on_message(std::string_view text, stomp::payload kind, time_point now) {
  now_ = now;
  bytes_in_ += text.size();
  const bool ignored =
      kind == stomp::payload::binary && shared_.options.kind.binary == binary_input::ignore;
  if (!ignored) session_.on_message(text, now);
  note_partial();
}

void connection::on_tick(time_point now) {
  now_ = now;
  session_.on_tick(now);
}

void connection::on_writable(time_point now) {
  now_ = now;
  writable_ = true;
  for (const auto& [id, s] : subscriptions_) shared_.destinations.wake(*s);
}

void connection::on_lost(time_point now) {
  now_ = now;
  session_.on_lost();
  release();
}

void connection::end(const stomp::failure& why, time_point now) {
  now_ = now;
  session_.abort(why, now);
}

void connection::send(std::string bytes, stomp::payload kind) {
  bytes_out_ += bytes.size();
  if (shared_.options.kind.output == ws_output::always_text) kind = stomp::payload::text;
  if (!shared_.out.send(id_, std::move(bytes), kind)) writable_ = false;
}

void connection::close(const stomp::failure& why) {
  if (why.code != stomp::errc::disconnected) ++shared_.counters.connections_failed;
  release();
  shared_.out.close(id_, why);
}

void connection::wake_at(time_point when) { shared_.out.wake_at(id_, when); }

stomp::login_verdict connection::authenticate(const stomp::frame& connect) {
  const auto& users = shared_.options.users;
  const std::string_view name = connect.get_or("login", "");
  const std::string_view passcode = connect.get_or("passcode", "");
  const bool good = std::ranges::any_of(
      users, [&](const user& u) { return u.name == name && same_secret(u.passcode, passcode); });
  if (!users.empty() && !good) return stomp::login_verdict::reject;
  if (!shared_.options.kind.describes_connection) return stomp::login_verdict::accept;
  const std::string wanted(connect.get_or("client-id", session_text_));
  if (!shared_.client_ids.emplace(wanted, this).second) return stomp::login_verdict::in_use;
  client_id_ = wanted;
  return stomp::login_verdict::accept;
}

// ActiveMQ's CONNECTED (facts 2.2).
void connection::welcome(const stomp::frame& connect, stomp::frame& answer) {
  if (!shared_.options.kind.describes_connection) return;
  const std::string beats(answer.get_or("heart-beat", "0,0"));
  answer.headers = {
      {"server", shared_.options.kind.server}, {"heart-beat", beats}, {"session", client_id_}};
  if (const auto id =
          connect.get("request-id") ? connect.get("request-id") : connect.get("receipt")) {
    answer.add("response-id", *id);
    answer.add("receipt-id", *id);
  }
  answer.set("version", stomp::to_string(session_.negotiated()));
}

std::optional<stomp::wording> connection::word(const stomp::refusal& why, stomp::version v) {
  const profile& p = shared_.options.kind;
  if (p.words == nullptr) return std::nullopt;
  if (why.code != stomp::errc::client_id_in_use) return p.words(why, v);
  stomp::refusal told = why;
  const auto other = shared_.client_ids.find(why.subject);
  told.text =
      "Broker: " + shared_.options.name + " - Client: " + why.subject + " already connected from ";
  if (other != shared_.client_ids.end()) {
    told.text += std::string(scheme(other->second->info_.how)) + other->second->info_.remote;
  }
  return p.words(told, v);
}

void connection::connected(const stomp::frame& connect, stomp::version) {
  login_ = connect.get_or("login", "");
  ++frames_in_;
  shared_.tell([&] { return connection_started(facts()); });
  shared_.out.frame_received(id_, connect);
}

void connection::deliver(stomp::client_request request) {
  ++frames_in_;
  shared_.out.frame_received(id_, request.f);
  shared_.acting = session_text_;
  handle(request);
  shared_.flush(now_);
}

void connection::take_message(subscription& to, destination& from, queue_entry entry,
                              std::uint64_t number) {
  const message_ptr m = entry.m;
  message_labels labels;
  labels.redelivered = entry.deliveries > 1 || m->facts().was_redelivered;
  labels.mends_text = shared_.options.kind.output == ws_output::always_text &&
                      info_.how == stomp::transport::messages;
  if (to.has_id) labels.subscription = to.key;
  std::string key;
  if (to.options.mode != stomp::ack_mode::automatic) {
    key = ack_key(to, m->id(), number);
    if (session_.negotiated() == stomp::version::v1_2) labels.ack = key;
    held_.emplace(key, held{&to, number});
    delivery d;
    d.entry = std::move(entry);
    d.from = &from;
    d.ack_key = key;
    to.unsettled.emplace(number, std::move(d));
  }
  std::vector<stomp::header> own;
  if (m->facts().shows_sender) {
    own.push_back({"destination", show(m->destination())});
    if (const auto reply = m->content().get("reply-to")) {
      own.push_back({"reply-to", show_reply(*reply)});
    }
  }
  std::optional<std::string> body;
  if (to.options.transformation || m->facts().map != nullptr) {
    sent_body plain;
    plain.kind = m->facts().is_bytes ? body_kind::bytes : body_kind::text;
    told_body told = tell_body(m->facts().map != nullptr ? *m->facts().map : plain,
                               m->content().get("transformation"), to.options.transformation);
    body = std::move(told.body);
    if (told.transformation) own.push_back({"transformation", std::move(*told.transformation)});
    if (body) labels.body = &*body;
  }
  labels.own = own;
  ++messages_out_;
  const bool text = info_.how == stomp::transport::stream || labels.mends_text || m->is_text();
  session_.send_bytes(write_message(*m, labels, session_.output_options()),
                      text ? stomp::payload::text : stomp::payload::binary, now_);
}

void connection::end_browse(subscription& to) {
  stomp::frame end = stomp::make_frame("MESSAGE", {{"message-id", "0"}, {"browser", "end"}});
  end.prepend("subscription", to.key);
  end.prepend("destination", show(to.wanted.front()));
  session_.send(end, now_);
}

std::string connection::ack_key(const subscription& s, std::string_view message_id,
                                std::uint64_t number) {
  switch (session_.negotiated()) {
    case stomp::version::v1_0:
      return std::string(message_id);
    case stomp::version::v1_1:
      return s.key + "\n" + std::string(message_id);
    case stomp::version::v1_2:
      break;
  }
  const bool own = shared_.options.kind.ids.ack_counts_deliveries;
  return ack_prefix_ + std::to_string(own ? number : ++shared_.last_ack);
}

void connection::forget_key(const std::string& key, std::uint64_t number) {
  const auto [first, last] = held_.equal_range(key);
  const auto found = std::find_if(
      first, last, [number](const auto& entry) { return entry.second.number == number; });
  if (found != last) held_.erase(found);
}

void connection::drop_subscription(subscription& s) {
  constexpr std::size_t most_late = 10000;
  const bool keeps =
      shared_.options.kind.ack_id_first && session_.negotiated() == stomp::version::v1_2;
  for (const auto& [number, d] : s.unsettled) {
    forget_key(d.ack_key, number);
    if (keeps && late_.size() < most_late) late_.insert(d.ack_key);
  }
  shared_.destinations.detach(s);
  tell_consumer(s, false);
  if (const auto found = by_key_.find(s.key); found != by_key_.end() && found->second == &s) {
    by_key_.erase(found);
  }
  subscriptions_.erase(s.id);
}

void connection::release() {
  if (std::exchange(closed_, true)) return;
  transactions_.clear();  // S-TX-1: open ones are aborted
  held_.clear();
  by_key_.clear();
  shared_.acting = session_text_;
  for (const auto& [id, s] : subscriptions_) {
    shared_.destinations.detach(*s);
    tell_consumer(*s, false);
  }
  subscriptions_.clear();
  shared_.destinations.remove_owned_by(id_);
  if (!client_id_.empty()) shared_.tell([&] { return connection_stopped(facts()); });
  shared_.partial -= std::exchange(partial_, 0);
  if (!client_id_.empty()) shared_.client_ids.erase(client_id_);
}

std::string connection::client_id() const {
  return client_id_.empty() ? session_text_ : client_id_;
}

bool connection::is_pure_producer() const noexcept { return sends_ != 0 && held_.empty(); }

bool connection::is_over_limit() const noexcept {
  const std::size_t limit = shared_.options.destination_memory_limit;
  if (limit == 0 || sends_ == 0) return false;
  const destination* d = shared_.destinations.find(last_target_);
  return d != nullptr && d->octets >= limit;
}

connection_facts connection::facts() const {
  return {session_text_, client_id_, std::string(scheme(info_.how)) + info_.remote, login_};
}

void connection::tell_consumer(const subscription& s, bool added) {
  if (!shared_.options.kind.has_advisories) return;
  for (const destination_name& name : s.wanted) {
    if (is_advisory(name)) continue;
    const destination* d = shared_.destinations.find(name);
    const std::size_t count = d == nullptr ? 0 : d->consumer_count;
    shared_.tell([&] {
      return added ? consumer_added(s, name, session_text_, count)
                   : consumer_removed(s, name, session_text_, count);
    });
  }
}

connection_info connection::info() const {
  connection_info i;
  i.id = id_;
  i.how = info_.how;
  i.remote = info_.remote;
  i.login = login_;
  i.client_id = client_id_;
  i.session = session_text_;
  i.connected = session_.is_connected();
  i.is_slow = !writable_;
  i.version = session_.negotiated();
  i.opened = opened_;
  i.frames_in = frames_in_;
  i.messages_out = messages_out_;
  i.bytes_in = bytes_in_;
  i.bytes_out = bytes_out_;
  i.transactions = transactions_.size();
  for (const auto& [id, s] : subscriptions_) {
    subscription_info& out = i.subscriptions.emplace_back();
    out.connection = id_;
    out.number = s->number;
    out.client_id = client_id();
    out.session = session_text_;
    out.id = s->key;
    out.wanted = s->wanted;
    for (const auto& name : s->wanted)
      out.destination += (out.destination.empty() ? "" : ",") + show(name);
    out.ack = s->options.mode;
    out.unsettled = s->unsettled.size();
    out.waiting = s->lasting != nullptr ? s->lasting->backlog.size() : s->own.size();
    out.enqueued = s->enqueued;
    out.delivered = s->delivered;
    out.dequeued = s->dequeued;
    out.discarded = s->discarded;
    out.prefetch = s->options.prefetch;
    out.backlog = s->options.backlog;
    out.priority = s->options.priority;
    out.exclusive = s->options.exclusive;
    out.retroactive = s->options.retroactive;
    out.no_local = s->options.no_local;
    out.browser = s->options.browser;
    out.is_durable = s->lasting != nullptr;
    if (s->lasting != nullptr) out.durable_name = s->lasting->name;
    out.selector = s->options.selector_text;
  }
  return i;
}

}  // namespace mockbroker
