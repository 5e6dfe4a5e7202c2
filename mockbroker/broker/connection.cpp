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

// Drops the headers that version `v` cannot express, so that the rest of the message arrives
// (S12-ESC-3).
void drop_inexpressible(stomp::frame& f, stomp::version v) {
  std::erase_if(f.headers, [v](const stomp::header& h) {
    std::string scratch;
    if (h.name == "content-length") return false;
    return static_cast<bool>(stomp::serialize(stomp::make_frame("MESSAGE", {h}), {v}, scratch));
  });
}

}  // namespace

connection::connection(broker_state& shared, connection_id id, open_info info, time_point now)
    : shared_(shared),
      id_(id),
      info_(std::move(info)),
      opened_(now),
      now_(now),
      session_(session_options(info_), info_.how, *this, now) {}

connection::~connection() { release(); }

stomp::server_options connection::session_options(const open_info& info) const {
  const profile& p = shared_.options.kind;
  stomp::server_options o;
  o.rules = p.rules;
  o.versions = info.versions;
  o.server_name = p.server;
  o.session_id = p.session_prefix + std::to_string(id_);
  o.beats = p.beats;
  o.beat = p.beat;
  o.grace = p.grace;
  o.connect_timeout = p.connect_timeout;
  o.newline_after_frame = p.newline_after_frame;
  o.length = p.length;
  o.bounds = shared_.options.per_connection;
  return o;
}

void connection::on_bytes(std::string_view bytes, time_point now) {
  now_ = now;
  bytes_in_ += bytes.size();
  session_.on_bytes(bytes, now);
}

void connection::on_message(std::string_view text, stomp::payload kind, time_point now) {
  now_ = now;
  bytes_in_ += text.size();
  const bool ignored =
      kind == stomp::payload::binary && shared_.options.kind.binary == binary_input::ignore;
  if (!ignored) session_.on_message(text, now);
}

void connection::on_tick(time_point now) {
  now_ = now;
  session_.on_tick(now);
}

void connection::on_writable(time_point now) {
  now_ = now;
  writable_ = true;
  for (const auto& [key, s] : subscriptions_) shared_.destinations.wake(*s);
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
  return users.empty() || good ? stomp::login_verdict::accept : stomp::login_verdict::reject;
}

void connection::connected(const stomp::frame& connect, stomp::version) {
  login_ = connect.get_or("login", "");
  ++frames_in_;
  shared_.out.frame_received(id_, connect);
}

void connection::deliver(stomp::client_request request) {
  ++frames_in_;
  shared_.out.frame_received(id_, request.f);
  handle(request);
  shared_.flush(now_);
}

void connection::take_message(subscription& to, queue_entry entry, std::uint64_t number) {
  const message_ptr m = entry.m;
  message_labels labels;
  labels.redelivered = entry.deliveries > 1;
  labels.add_length = m->had_length() && shared_.options.kind.length == stomp::length_policy::as_is;
  if (to.has_id) labels.subscription = to.key;
  std::string key;
  if (to.mode != stomp::ack_mode::automatic) {
    key = ack_key(to, m->id(), number);
    if (session_.negotiated() == stomp::version::v1_2) labels.ack = key;
    held_.emplace(key, held{&to, number});
    to.unsettled.emplace(number, delivery{std::move(entry), key});
  }
  stomp::frame f = make_message_frame(*m, labels);
  if (session_.send(f, now_) == stomp::errc_condition::not_expressible) {
    drop_inexpressible(f, session_.negotiated());
    session_.send(f, now_);
  }
  ++messages_out_;
}

std::string connection::ack_key(const subscription& s, std::string_view message_id,
                                std::uint64_t number) const {
  switch (session_.negotiated()) {
    case stomp::version::v1_0:
      return std::string(message_id);
    case stomp::version::v1_1:
      return s.key + "\n" + std::string(message_id);
    case stomp::version::v1_2:
      break;
  }
  return "ack-" + std::to_string(id_) + "-" + std::to_string(number);
}

void connection::forget_key(const std::string& key, std::uint64_t number) {
  const auto [first, last] = held_.equal_range(key);
  const auto found = std::find_if(
      first, last, [number](const auto& entry) { return entry.second.number == number; });
  if (found != last) held_.erase(found);
}

void connection::drop_subscription(const std::string& key) {
  const auto found = subscriptions_.find(key);
  if (found == subscriptions_.end()) return;
  subscription& s = *found->second;
  for (const auto& [number, d] : s.unsettled) forget_key(d.ack_key, number);
  shared_.destinations.detach(s);
  subscriptions_.erase(found);
}

void connection::release() {
  if (std::exchange(closed_, true)) return;
  transactions_.clear();  // S-TX-1: open ones are aborted
  held_.clear();
  for (const auto& [key, s] : subscriptions_) shared_.destinations.detach(*s);
  subscriptions_.clear();
  shared_.destinations.remove_owned_by(id_);
}

bool connection::is_pure_producer() const noexcept { return sends_ != 0 && held_.empty(); }

connection_info connection::info() const {
  connection_info i;
  i.id = id_;
  i.how = info_.how;
  i.remote = info_.remote;
  i.login = login_;
  i.session = shared_.options.kind.session_prefix + std::to_string(id_);
  i.connected = session_.is_connected();
  i.version = session_.negotiated();
  i.opened = opened_;
  i.frames_in = frames_in_;
  i.messages_out = messages_out_;
  i.bytes_in = bytes_in_;
  i.bytes_out = bytes_out_;
  i.transactions = session_.book().transactions();
  for (const auto& [key, s] : subscriptions_) {
    i.subscriptions.push_back({key, s->from->name, s->mode, s->unsettled.size(), s->delivered});
  }
  return i;
}

}  // namespace mockbroker
