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
  const bool is_beat = message == "\n";
  const std::uint64_t before = frames_;
  read(message, now, one);
  // While a login is checked the rest of the message waits; its end is not judged then.
  if (state_ != state::closed && state_ != state::checking) {
    if (auto event = parser_.end_of_message()) {
      on_event(std::move(*event), now);
    } else if (one && !is_beat && frames_ == before && state_ != state::leaving) {
      say({errc::incomplete_message, "the message holds no frame"}, nullptr, true, now);
    }
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
    return say({errc::too_much_pending, "too much input before CONNECTED"}, nullptr, true, now);
  }
  pending_.append(input);
}

void server_session::on_event(parse_event event, time_point now) {
  if (auto* f = std::get_if<frame>(&event)) {
    ++frames_;
    on_frame(std::move(*f), now);
  } else if (auto* error = std::get_if<failure>(&event)) {
    say({static_cast<errc>(error->code.value()), error->text}, nullptr, true, now);
  }
}

void server_session::on_frame(frame f, time_point now) {
  const auto what = classify(f.command, options_.rules);
  if (state_ == state::waiting) {
    if (what == command::connect) return on_connect(std::move(f), now);
    return on_early_frame(f, what, now);
  }
  if (what == command::connect) {
    const bool tolerant = options_.rules.order == order_rule::tolerant;
    return say({errc::already_connected, "already connected", {}, {}, {}, what}, &f, !tolerant,
               now);
  }
  if (!what) {
    const std::string name = f.command;
    return say({errc::unknown_command, "unknown command " + quote_peer_text(name, 24), name}, &f,
               false, now);
  }
  on_request(*what, std::move(f), now);
}

void server_session::on_early_frame(const frame& f, std::optional<command> what, time_point now) {
  const bool tolerant = options_.rules.order == order_rule::tolerant;
  if (tolerant && what == command::disconnect) return;
  const errc code = tolerant && !what ? errc::unknown_command : errc::not_connected;
  say({code,
       "not connected: the first frame is " + quote_peer_text(f.command, 24) +
           " (expected CONNECT or STOMP)",
       f.command,
       {},
       {},
       what},
      &f, !tolerant, now);
}

void server_session::on_request(command what, frame f, time_point now) {
  client_request request;
  request.what = what;
  request.f = std::move(f);
  if (options_.rules.checks == check_rule::session) {
    const failure bad = book_.check(request, *version_, options_.rules);
    if (bad.code) {
      return say({static_cast<errc>(bad.code.value()), bad.text, {}, {}, {}, what}, &request.f,
                 false, now);
    }
  } else {
    request.ack = parse_ack_mode(request.f.get_or("ack", "auto")).value_or(ack_mode::automatic);
  }
  if (what == command::disconnect) state_ = state::leaving;
  sink_.deliver(std::move(request));
}

std::optional<heart_beat> server_session::read_beats(std::string_view text) const noexcept {
  const bool integers = options_.rules.beat_header == beat_header_rule::integers;
  return integers ? parse_integer_beats(text) : parse_heart_beat(text);
}

void server_session::on_connect(frame f, time_point now) {
  const auto chosen = choose_version(f, options_.versions, options_.rules.version_list);
  if (!chosen) return refuse_version(f, now);
  if (const auto beat = f.get("heart-beat"); beat && !read_beats(*beat)) {
    return say({errc::bad_heart_beat,
                "heart-beat " + quote_peer_text(*beat) + " (expected two numbers of milliseconds)",
                std::string(*beat),
                {},
                {},
                command::connect},
               &f, true, now);
  }
  const auto host = f.get("host");
  if (host && !options_.hosts.empty() && std::ranges::count(options_.hosts, *host) == 0) {
    return say({errc::host_rejected, "unknown host " + quote_peer_text(*host)}, &f, true, now);
  }
  version_ = *chosen;
  connect_ = std::move(f);
  state_ = state::checking;
  switch (sink_.authenticate(connect_)) {
    case login_verdict::accept:
      return welcome(now);
    case login_verdict::reject:
      return reject_login(now);
    case login_verdict::in_use:
      version_.reset();
      return say({errc::client_id_in_use,
                  "client id " + quote_peer_text(connect_.get_or("client-id", "")) + " is in use",
                  std::string(connect_.get_or("client-id", "")),
                  {},
                  {},
                  command::connect},
                 &connect_, true, now);
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
  const std::string name(connect_.get_or("login", ""));
  refusal why{errc::login_failed, "user name " + quote_peer_text(name) + " or password is invalid",
              name};
  why.what = command::connect;
  const frame cause = std::exchange(connect_, {});
  say(std::move(why), &cause, true, now);
}

heart_beat server_session::our_beats(const heart_beat& theirs) const noexcept {
  if (options_.beat == beat_policy::fixed) return options_.beats;
  return {theirs.receive, theirs.send};
}

void server_session::welcome(time_point now) {
  const frame connect = std::exchange(connect_, {});
  frame answer = make_frame("CONNECTED");
  const bool has_beats = *version_ != version::v1_0 || options_.rules.beats_in_1_0;
  heart_beat theirs;
  if (*version_ != version::v1_0) answer.add("version", to_string(*version_));
  if (has_beats) {
    theirs = read_beats(connect.get_or("heart-beat", "0,0")).value_or(heart_beat{});
    // always: S-CON-3, clients throw without it
    answer.add("heart-beat", to_string(our_beats(theirs)));
  }
  if (!options_.session_id.empty()) answer.add("session", options_.session_id);
  if (!options_.server_name.empty()) answer.add("server", options_.server_name);
  sink_.welcome(connect, answer);
  state_ = state::connected;
  parser_.set_version(*version_);
  if (has_beats) start_beats(connect, theirs, now);
  if (send(answer, now)) {
    return say({errc::header_not_expressible, "bad CONNECTED"}, nullptr, true, now);
  }
  sink_.connected(connect, *version_);
}

void server_session::start_beats(const frame& connect, const heart_beat& theirs, time_point now) {
  const heart_beat ours = our_beats(theirs);
  if (!options_.periodic_beat_checks) {
    return schedule_.start(negotiate(ours, theirs), now, options_.grace);
  }
  if (!connect.has("heart-beat") && ours == heart_beat{}) return;
  const bool messages = transport_ == transport::messages;
  const milliseconds none{0};
  const beat_checks checks{
      .first = std::max(std::min(ours.send, ours.receive), none),
      .checks_at_once = messages,
      .sees_writes = !messages,
  };
  const auto patience = milliseconds(static_cast<milliseconds::rep>(
      static_cast<double>(ours.receive.count()) * options_.grace.factor));
  schedule_.start({std::max(ours.send, none), std::max(patience, none)}, now, checks);
}

void server_session::refuse_version(const frame& connect, time_point now) {
  const std::string list = supported_list(options_.versions);
  say({errc::no_common_version,
       "no protocol version in common",
       std::string(connect.get_or("accept-version", "")),
       "Supported versions are " + list + ".",
       {{"version", list}},  // S-VER-2
       command::connect},
      &connect, true, now);
}

std::error_code server_session::send(const frame& f, time_point now) {
  if (state_ != state::connected && state_ != state::leaving) return errc::not_connected;
  std::string bytes;
  if (auto error = serialize(f, output_options(), bytes)) return error;
  const bool binary = transport_ == transport::messages && !is_utf8(f.body);
  write(std::move(bytes), binary ? payload::binary : payload::text, now);
  return {};
}

void server_session::send_bytes(std::string bytes, payload kind, time_point now) {
  if (state_ != state::connected && state_ != state::leaving) return;
  write(std::move(bytes), kind, now);
}

void server_session::receipt(const frame& cause, time_point now) {
  const auto id = cause.get("receipt");
  if (!id) return;
  // An id that cannot be written (CR in 1.1) cannot be answered either: the client would wait.
  if (send(make_receipt(*id), now) == errc_condition::not_expressible) {
    say({errc::header_not_expressible, "receipt id cannot be answered"}, nullptr, true, now);
  }
}

void server_session::refuse(const client_request& cause, refusal why, time_point now) {
  if (state_ == state::closed) return;
  if (cause.what == command::subscribe) book_.forget_subscription(cause.subscription);
  why.what = cause.what;
  say(std::move(why), &cause.f, false, now);
}

void server_session::abort(const failure& why, time_point now) {
  say({static_cast<errc>(why.code.value()), why.text}, nullptr, true, now);
}

void server_session::say(refusal why, const frame* cause, bool must_close, time_point now) {
  if (state_ == state::closed) return;
  using manner = wording::manner;
  auto words = sink_.word(why, negotiated());
  if (!words) {
    const bool closes = must_close || is_fatal(why.code);
    words = wording{closes ? manner::close : manner::keep, why.text, why.detail, why.more};
  }
  if (words->how != manner::drop) {
    frame error = make_error(words->message, words->body,
                             cause == nullptr ? std::nullopt : cause->get("receipt"));
    for (const header& h : words->more) error.add(h.name, h.value);
    if (options_.error_message_last) {
      // Not of std::ranges: clang 14 cannot compile what that returns.
      auto& list = error.headers;
      std::stable_partition(list.begin(), list.end(),
                            [](const header& h) { return h.name == "content-type"; });
      std::stable_partition(list.begin(), list.end(),
                            [](const header& h) { return h.name != "message"; });
    }
    send_error(std::move(error), now);
  }
  if (must_close || words->how != manner::keep) close({why.code, why.text});
}

void server_session::finish() { close({errc::disconnected, "the client disconnected"}); }

void server_session::send_error(frame error, time_point now) {
  if (state_ == state::closed) return;
  std::string bytes;
  const serialize_options options = output_options();
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
    case errc::bad_destination:
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
      say({errc::connect_timeout, "no CONNECT in time"}, nullptr, true, now);
    }
  } else if (state_ == state::connected) {
    if (schedule_.is_dead(now)) {
      // No ERROR: nobody is there to read it, and it would sit in front of the FIN.
      return close({errc::peer_silent, "the client missed its heart-beats"});
    }
    if (schedule_.must_write(now)) {
      write("\n", payload::text, now);
      schedule_.on_beat();
    }
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
