#include "gateway/pump/tunnel.hpp"

#include <array>

#include "ws/writer.hpp"

namespace gateway {

namespace {

// Reading scratch of the thread; its content never outlives one turn.
std::span<char> scratch() {
  thread_local std::array<char, 64 * 1024> bytes;
  return bytes;
}

}  // namespace

std::string_view to_string(tunnel_end reason) noexcept {
  switch (reason) {
    case tunnel_end::running:
      return "running";
    case tunnel_end::closed:
      return "closed";
    case tunnel_end::client_ended:
      return "client-ended";
    case tunnel_end::client_lost:
      return "client-lost";
    case tunnel_end::upstream_ended:
      return "upstream-ended";
    case tunnel_end::upstream_lost:
      return "upstream-lost";
    case tunnel_end::upstream_mid_frame:
      return "upstream-lost-in-mid-frame";
    case tunnel_end::client_refused:
      return "client-refused";
    case tunnel_end::upstream_refused:
      return "upstream-refused";
    case tunnel_end::shut_down:
      return "shut-down";
  }
  return "unknown";
}

tunnel::tunnel(net::byte_channel& client, net::byte_channel& upstream, tunnel_host& host,
               const tunnel_options& options, tunnel_filter* filter)
    : host_(host),
      options_(options),
      filter_(filter),
      to_upstream_(client, upstream, ws::frame_walker::flow::client_to_server),
      to_client_(upstream, client, ws::frame_walker::flow::server_to_client) {
  if (!is_raw()) return;
  to_upstream_.walker.set_opaque();
  to_client_.walker.set_opaque();
}

tunnel::~tunnel() {
  for (net::byte_channel* channel : {&to_upstream_.source, &to_client_.source}) {
    channel->cancel_wait(net::direction::read);
    channel->cancel_wait(net::direction::write);
  }
}

std::size_t tunnel::buffered() const noexcept {
  return to_upstream_.pending.size() + to_client_.pending.size();
}

void tunnel::start(std::string client_early, std::string upstream_early) {
  take(to_upstream_, client_early);
  take(to_client_, upstream_early);
  turn(to_upstream_);
  turn(to_client_);
}

// Takes octets of the source over: counts them, and delivers them or what the filter makes of them.
void tunnel::take(pump& p, std::string_view part) {
  p.bytes += part.size();
  moved_ = true;
  if (!filter_) return deliver(p, part);
  if (p.refused || part.empty()) return;
  std::string out;
  const auto refusal = filter_->feed(p.direction, part, out);
  deliver(p, out);
  if (refusal) refuse(p, *refusal);
}

// Walks over octets for the sink and hands them to it, or keeps what it does not take.
void tunnel::deliver(pump& p, std::string_view part) {
  p.walker.feed(part);
  if (p.sink_lost || p.sealed) return;
  std::size_t sent = 0;
  if (p.pending.empty()) {
    while (sent < part.size()) {
      auto [size, error] = p.sink.try_write({part.data() + sent, part.size() - sent});
      sent += size;
      if (size > 0) continue;
      p.sink_lost = error != net::errc::would_block;
      break;
    }
  }
  if (!p.sink_lost) p.pending.append(part.substr(sent));
}

// False while the sink is full; its readiness is then awaited.
bool tunnel::write_pending(pump& p) {
  std::size_t sent = 0;
  while (sent < p.pending.size() && !p.sink_lost) {
    auto [size, error] = p.sink.try_write({p.pending.data() + sent, p.pending.size() - sent});
    sent += size;
    moved_ |= size > 0;
    if (size > 0) continue;
    if (error == net::errc::would_block) break;
    p.sink_lost = true;
  }
  if (p.sink_lost || sent == p.pending.size()) {
    p.pending = std::string();  // gives the memory back
    if (p.fin_wanted && !std::exchange(p.fin_sent, true) && !p.sink_lost) p.sink.shutdown_write();
    return true;
  }
  p.pending.erase(0, sent);
  p.sink.wait(net::direction::write, [this, &p] { turn(p); });
  return false;
}

// Moves octets of one direction until it has to wait.
void tunnel::turn(pump& p) {
  for (unsigned i = 0; i < options_.turns && end_ == tunnel_end::running; ++i) {
    if (!write_pending(p)) return;
    if (p.source_ended) break;
    auto [size, error] = p.source.try_read(scratch());
    if (size > 0) {
      take(p, {scratch().data(), size});
      seal_if_wanted(p);
      continue;
    }
    if (error != net::errc::would_block) {
      on_source_end(p, error);
      write_pending(p);
    }
    break;
  }
  if (end_ != tunnel_end::running) return;
  // The last turn may have filled the sink: then its readiness comes first, also because nothing
  // more may come from the source.
  if (!p.pending.empty() && !write_pending(p)) return settle();
  if (!p.source_ended) p.source.wait(net::direction::read, [this, &p] { turn(p); });
  settle();
}

void tunnel::on_source_end(pump& p, std::error_code why) {
  p.source_ended = true;
  if (&p == &to_client_) {
    on_upstream_gone(why);
  } else {
    on_client_gone(why);
  }
}

void tunnel::on_client_gone(std::error_code why) {
  if (why == net::errc::end_of_stream) {
    // Half-close: upstream may still have something to say.
    if (likely_ == tunnel_end::running) likely_ = tunnel_end::client_ended;
    to_upstream_.fin_wanted = true;
    return;
  }
  const bool said_goodbye =
      to_upstream_.walker.close_seen() && (to_client_.walker.close_seen() || to_client_.sealed);
  if (likely_ == tunnel_end::running) {
    likely_ = said_goodbye ? tunnel_end::closed : tunnel_end::client_lost;
  }
  to_client_.sink_lost = true;
}

void tunnel::on_upstream_gone(std::error_code why) {
  const bool in_order = why == net::errc::end_of_stream;
  if (!in_order) to_upstream_.sink_lost = true;
  const ws::frame_walker& walker = to_client_.walker;
  if (to_client_.sealed || walker.close_seen() || (walker.opaque() && in_order)) {
    if (likely_ == tunnel_end::running) likely_ = tunnel_end::upstream_ended;
    to_client_.fin_wanted = true;
  } else if (to_upstream_.source_ended) {
    // The client had ended first; upstream just follows.
    to_client_.fin_wanted = true;
  } else if (walker.at_boundary()) {
    likely_ = tunnel_end::upstream_lost;
    seal(to_client_, ws::close_code::internal_error, "upstream connection lost");
  } else {
    likely_ = is_raw() ? tunnel_end::upstream_lost : tunnel_end::upstream_mid_frame;
    to_client_.fin_wanted = true;
  }
}

// Writes a Close of our own; the caller has checked that the stream is between frames.
void tunnel::seal(pump& p, ws::close_code code, std::string_view reason) {
  if (std::exchange(p.sealed, true)) return;
  std::optional<ws::mask_key> mask;
  // Towards a server frames are masked; the content is ours, so the key need not be secret.
  if (&p == &to_upstream_) mask = ws::mask_key{0x50, 0x75, 0x6d, 0x70};
  ws::write_close(p.pending, code, reason, mask);
}

// Tells the peer that sent it what was wrong, and the other one that it is over.
void tunnel::refuse(pump& p, const tunnel_filter::refusal& why) {
  p.refused = true;
  const bool client = &p == &to_upstream_;
  if (likely_ == tunnel_end::running) {
    likely_ = client ? tunnel_end::client_refused : tunnel_end::upstream_refused;
  }
  pump& back = client ? to_client_ : to_upstream_;
  if (!back.walker.close_seen()) seal(back, why.code, why.reason);
  const auto code = client ? ws::close_code::going_away : ws::close_code::internal_error;
  if (!p.walker.close_seen()) seal(p, code, client ? "client refused" : "upstream refused");
  // Who broke the rules is not listened to; the server side ends TCP first (RFC 6455 7.1.1).
  back.fin_wanted = true;
  to_client_.fin_wanted = true;
  leaving_ = true;
  host_.set_deadline(options_.close_wait);
  write_pending(back);
}

// What was taken still goes out; then FIN.
void tunnel::end_octets(pump& p) {
  p.sealed = true;
  p.fin_wanted = true;
}

void tunnel::seal_if_wanted(pump& p) {
  if (shutting_down_ && is_raw()) return end_octets(p);
  if (shutting_down_ && !p.sealed && !p.walker.close_seen() && p.walker.at_boundary()) {
    seal(p, shut_code_, shut_reason_);
  }
}

void tunnel::shut_down(ws::close_code code, std::string_view reason) {
  if (end_ != tunnel_end::running || std::exchange(shutting_down_, true)) return;
  shut_code_ = code;
  shut_reason_ = reason;
  likely_ = tunnel_end::shut_down;
  leaving_ = true;
  host_.set_deadline(options_.close_wait);
  for (pump* p : {&to_client_, &to_upstream_}) {
    seal_if_wanted(*p);
    if (end_ == tunnel_end::running) turn(*p);
  }
}

// Looks at the whole: who has to be told, and whether all is over.
void tunnel::settle() {
  if (end_ != tunnel_end::running) return;
  if (to_client_.sink_lost && !to_client_.source_ended) {
    // The browser is gone: nobody reads what the broker says.
    return finish(likely_ == tunnel_end::running ? tunnel_end::client_lost : likely_);
  }
  const bool client_closed = to_upstream_.walker.close_seen();
  const bool server_closed = to_client_.walker.close_seen() || to_client_.sealed;
  if (client_closed && server_closed && to_client_.pending.empty()) {
    if (likely_ != tunnel_end::upstream_lost && likely_ != tunnel_end::shut_down) {
      likely_ = tunnel_end::closed;
    }
    // The server side of a WebSocket ends TCP first (RFC 6455 7.1.1).
    if (to_client_.sealed && !to_client_.fin_wanted) {
      to_client_.fin_wanted = true;
      write_pending(to_client_);
    }
  }
  const bool client_done = to_upstream_.source_ended && to_upstream_.pending.empty();
  const bool upstream_done = to_client_.source_ended && to_client_.pending.empty();
  if (client_done && upstream_done) return finish(likely_);
  arm();
}

// Whether Close frames of the peers went by in both directions.
bool tunnel::both_closed() const {
  return to_client_.walker.close_seen() && to_upstream_.walker.close_seen();
}

// Whether the client has got all that it will get.
bool tunnel::all_said() const {
  if (!to_client_.pending.empty()) return false;
  if (to_client_.sealed || both_closed()) return true;
  // What is not WebSocket may go on in the other direction after a FIN.
  return to_client_.fin_sent && (!to_client_.walker.opaque() || to_upstream_.sink_lost);
}

// While both sides talk there is no deadline. Behind the last word the peers have close_wait to
// end; until then, something must move.
void tunnel::arm() {
  if (leaving_) return;
  if (all_said()) {
    leaving_ = true;
    return host_.set_deadline(options_.close_wait);
  }
  const bool one_ended = to_client_.source_ended || to_upstream_.source_ended || both_closed();
  if (!one_ended || (half_open_ && !moved_)) return;
  half_open_ = true;
  moved_ = false;
  host_.set_deadline(options_.half_open_wait);
}

void tunnel::on_deadline() {
  if (end_ == tunnel_end::running) finish(likely_);
}

void tunnel::finish(tunnel_end reason) {
  end_ = reason == tunnel_end::running ? tunnel_end::closed : reason;
  for (net::byte_channel* channel : {&to_upstream_.source, &to_client_.source}) {
    channel->cancel_wait(net::direction::read);
    channel->cancel_wait(net::direction::write);
    channel->close();
  }
  to_upstream_.pending = std::string();
  to_client_.pending = std::string();
  host_.tunnel_ended(end_);
}

}  // namespace gateway
