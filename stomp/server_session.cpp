#include "stomp/server_session.hpp"

#include <algorithm>
#include <utility>

#include "stomp/text.hpp"

namespace stomp {
namespace {

std::string supported_list(const std::set<version>& versions) {
  std::string list;
  for (version v : versions) list.append(list.empty() ? "" : ",").append(to_string(v));
  return list;
}

}  // namespace

server_session::server_session(server_options options, transport how, server_sink& sink,
                               time_point now)
    : options_(std::move(options)),
      transport_(how),
      sink_(sink),
      parser_(options_.rules),
      book_(options_.bounds),
      connect_deadline_(now + options_.connect_timeout) {
  arm();
}

void server_session::on_bytes(std::string_view bytes, time_point now) {
  schedule_.on_read(now);
  read(bytes, now, false);
  arm();
}

void server_session::on_message(std::string_view message, time_point now) {
  schedule_.on_read(now);
  const bool one = options_.rules.message_boundary == boundary_rule::one_frame;
  read(message, now, one);
  // While a login is checked the rest of the message waits; its end is not judged then.
  if (state_ != state::closed && state_ != state::checking) {
    if (auto event = parser_.end_of_message()) on_event(std::move(*event), now);
  }
  arm();
}

void server_session::read(std::string_view& input, time_point now, bool first_frame_only) {
  while (!input.empty() && (state_ == state::waiting || state_ == state::connected)) {
    auto event = parser_.next(input);
    if (!event) return;
    const bool is_frame = std::holds_alternative<frame>(*event);
    on_event(std::move(*event), now);
    if (is_frame && first_frame_only) return;
  }
  if (state_ != state::checking || input.empty()) return;  // leaving: ignored (S-DISC-1)
  if (input.size() > options_.pending_input - pending_.size()) {
    return abort({errc::too_much_pending, "too much input before CONNECTED"}, now);
  }
  pending_.append(input);
}

void server_session::on_event(parse_event event, time_point now) {
  if (auto* f = std::get_if<frame>(&event)) {
    on_frame(std::move(*f), now);
  } else if (auto* error = std::get_if<failure>(&event)) {
    abort(*error, now);
  }
}

void server_session::on_frame(frame f, time_point now) {
  const auto what = classify(f.command, options_.rules);
  if (state_ == state::waiting) {
    if (what == command::connect) return on_connect(std::move(f), now);
    return abort(
        {errc::not_connected, "not connected: the first frame is " +
                                  quote_peer_text(f.command, 24) + " (expected CONNECT or STOMP)"},
        now);
  }
  if (what == command::connect) {
    return abort({errc::already_connected, "already connected"}, now);
  }
  if (!what) {
    client_request request;
    request.f = std::move(f);
    return refuse(request, errc::unknown_command,
                  "unknown command " + quote_peer_text(request.f.command, 24), "", now);
  }
  on_request(*what, std::move(f), now);
}

void server_session::on_request(command what, frame f, time_point now) {
  client_request request;
  request.what = what;
  request.f = std::move(f);
  const failure bad = book_.check(request, *version_, options_.rules);
  if (bad.code) {
    request.subscription.clear();  // it was never opened, so refuse() must not free the id
    return refuse(request, static_cast<errc>(bad.code.value()), bad.text, "", now);
  }
  if (what == command::disconnect) state_ = state::leaving;
  sink_.deliver(std::move(request));
}

void server_session::on_connect(frame f, time_point now) {
  const auto chosen = choose_version(f, options_.versions);
  if (!chosen) return refuse_version(now);
  if (const auto beat = f.get("heart-beat"); beat && !parse_heart_beat(*beat)) {
    return abort({errc::bad_heart_beat, "heart-beat " + quote_peer_text(*beat) +
                                            " (expected two numbers of milliseconds)"},
                 now);
  }
  const auto host = f.get("host");
  if (host && !options_.hosts.empty() && std::ranges::count(options_.hosts, *host) == 0) {
    return abort({errc::host_rejected, "unknown host " + quote_peer_text(*host)}, now);
  }
  version_ = *chosen;
  connect_ = std::move(f);
  state_ = state::checking;
  switch (sink_.authenticate(connect_)) {
    case login_verdict::accept:
      return welcome(now);
    case login_verdict::reject:
      return reject_login(now);
    case login_verdict::later:
      break;
  }
}

void server_session::accept_login(time_point now) {
  if (state_ != state::checking) return;
  welcome(now);
  const std::string pending = std::exchange(pending_, {});
  std::string_view rest = pending;
  read(rest, now, false);
  arm();
}

void server_session::reject_login(time_point now) {
  if (state_ != state::checking) return;
  version_.reset();  // the client was never told, so ERROR goes out unescaped
  abort({errc::login_failed,
         "user name " + quote_peer_text(connect_.get_or("login", "")) + " or password is invalid"},
        now);
}

heart_beat server_session::our_beats(const heart_beat& theirs) const noexcept {
  if (options_.beat == beat_policy::fixed) return options_.beats;
  return {theirs.receive, theirs.send};
}

void server_session::welcome(time_point now) {
  const frame connect = std::exchange(connect_, {});
  frame answer = make_frame("CONNECTED");
  const bool modern = *version_ != version::v1_0;
  beat_agreement agreement;
  if (modern) {
    answer.add("version", to_string(*version_));
    const auto theirs = parse_heart_beat(connect.get_or("heart-beat", "0,0"));
    const heart_beat ours = our_beats(theirs.value_or(heart_beat{}));
    answer.add("heart-beat", to_string(ours));  // always: S-CON-3, clients throw without it
    agreement = negotiate(ours, theirs.value_or(heart_beat{}));
  }
  if (!options_.session_id.empty()) answer.add("session", options_.session_id);
  if (!options_.server_name.empty()) answer.add("server", options_.server_name);
  state_ = state::connected;
  parser_.set_version(*version_);
  schedule_.start(agreement, now, options_.grace);
  if (send(answer, now)) return abort({errc::header_not_expressible, "bad CONNECTED"}, now);
  sink_.connected(connect, *version_);
}

void server_session::refuse_version(time_point now) {
  const std::string list = supported_list(options_.versions);
  frame error = make_error("no protocol version in common", "Supported versions are " + list + ".");
  error.add("version", list);  // S-VER-2
  send_error(std::move(error), now);
  close({errc::no_common_version, "the client speaks none of " + list});
}

std::error_code server_session::send(const frame& f, time_point now) {
  if (state_ != state::connected && state_ != state::leaving) return errc::not_connected;
  std::string bytes;
  if (auto error = serialize(f, {negotiated(), options_.length}, bytes)) return error;
  const bool binary = transport_ == transport::messages && !is_utf8(f.body);
  write(std::move(bytes), binary ? payload::binary : payload::text, now);
  return {};
}

void server_session::receipt(const frame& cause, time_point now) {
  const auto id = cause.get("receipt");
  if (!id) return;
  // An id that cannot be written (CR in 1.1) cannot be answered either: the client would wait.
  if (send(make_receipt(*id), now) == errc_condition::not_expressible) {
    abort({errc::header_not_expressible, "receipt id cannot be answered"}, now);
  }
}

void server_session::refuse(const client_request& cause, errc code, std::string_view message,
                            std::string_view detail, time_point now) {
  if (state_ == state::closed) return;
  if (cause.what == command::subscribe) book_.forget_subscription(cause.subscription);
  send_error(make_error(message, detail, cause.f.get("receipt")), now);
  if (is_fatal(code)) close({code, std::string(message)});
}

void server_session::abort(const failure& why, time_point now) {
  if (state_ == state::closed) return;
  send_error(make_error(why.text), now);
  close(why);
}

void server_session::finish() { close({errc::disconnected, "the client disconnected"}); }

void server_session::send_error(frame error, time_point now) {
  if (state_ == state::closed) return;
  std::string bytes;
  const serialize_options options{negotiated(), length_policy::with_body};
  if (serialize(error, options, bytes)) {
    error.remove("receipt-id");  // the only peer text in it that a version may not express
    if (serialize(error, options, bytes)) return;
  }
  write(std::move(bytes), payload::text, now);
}

bool server_session::is_fatal(errc code) const noexcept {
  const fatal_errors& fatal = options_.rules.fatal;
  switch (code) {
    case errc::unknown_command:
      return fatal.unknown_command;
    case errc::unknown_ack:
      return fatal.unknown_ack;
    case errc::rejected:
    case errc::login_failed:
      return fatal.refused;
    default:
      return fatal.invalid_frame;
  }
}

void server_session::close(const failure& why) {
  if (state_ == state::closed) return;
  state_ = state::closed;
  pending_ = {};
  sink_.close(why);
}

void server_session::write(std::string bytes, payload kind, time_point now) {
  if (options_.newline_after_frame && transport_ == transport::stream && bytes.size() > 1) {
    bytes += '\n';
  }
  schedule_.on_write(now);
  sink_.send(std::move(bytes), kind);
}

void server_session::on_tick(time_point now) {
  wake_.fired();
  if (state_ == state::waiting || state_ == state::checking) {
    if (now >= connect_deadline_) {
      abort({errc::connect_timeout, "no CONNECT in time"}, now);
    }
  } else if (state_ == state::connected) {
    if (schedule_.is_dead(now)) {
      // No ERROR: nobody is there to read it, and it would sit in front of the FIN.
      return close({errc::peer_silent, "the client missed its heart-beats"});
    }
    if (schedule_.must_write(now)) write("\n", payload::text, now);
  }
  arm();
}

void server_session::arm() {
  if (state_ == state::connected) {
    const time_point next = schedule_.next();
    if (next != time_point::max()) wake_.need(next, sink_);
  } else if (state_ != state::closed && state_ != state::leaving) {
    wake_.need(connect_deadline_, sink_);
  }
}

}  // namespace stomp
