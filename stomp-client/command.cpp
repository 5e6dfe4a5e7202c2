#include "stomp-client/command.hpp"

#include <boost/json.hpp>

#include "crypto/digest.hpp"
#include "ws/utf8.hpp"

namespace stomp_client {

std::string to_json(const stomp::frame& f) {
  boost::json::object headers;
  for (const auto& h : f.headers) headers.emplace(h.name, h.value);  // the first one wins
  boost::json::object out{{"command", f.command}, {"headers", std::move(headers)}};
  if (ws::is_utf8(f.body)) {
    out["body"] = f.body;
  } else {
    out["bodyBase64"] = crypto::base64_encode(f.body);
  }
  return boost::json::serialize(out);
}

void report::frame(const stomp::frame& f) {
  line(json_ ? to_json(f) : f.command == "MESSAGE" ? f.body : f.command);
}

void report::line(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), to_);  // a body may hold NUL
  std::fputc('\n', to_);
  std::fflush(to_);
}

void report::trouble(const std::string& text) {
  std::fprintf(stderr, "stomp-client: %s\n", text.c_str());
}

void report::prompt(const std::string& text) { std::fputs(text.c_str(), stderr); }

namespace {

// One conversation; every wait ends at the command's deadline.
class conversation {
 public:
  conversation(net::runtime& rt, command what, report& out)
      : rt_(rt), what_(std::move(what)), out_(out) {}

  net::task<exit_code> run(url to, options chosen) {
    std::string why;
    chosen.connect_time = what_.timeout;
    chosen.stomp.connect_timeout = std::chrono::duration_cast<stomp::milliseconds>(what_.timeout);
    auto made = co_await client::connect(rt_, to, std::move(chosen), why);
    if (!made) {
      out_.trouble("cannot connect to " + to.authority() + ": " + why);
      co_return made.error() == net::errc::timed_out ? exit_code::timed_out
                                                     : exit_code::cannot_connect;
    }
    client_ = std::move(*made);
    auto first = co_await next(what_.timeout);
    if (!first) co_return late("CONNECTED");
    if (first->what != event::kind::connected) co_return broken(*first);
    if (what_.what == command::kind::ping) out_.frame(first->frame);
    exit_code code = exit_code::done;
    switch (what_.what) {
      case command::kind::send:
        code = co_await send();
        break;
      case command::kind::subscribe:
        code = co_await subscribe();
        break;
      case command::kind::request:
        code = co_await request();
        break;
      case command::kind::ping:
        break;
    }
    if (code == exit_code::done) co_await client_->disconnect(std::chrono::seconds(5));
    co_return code;
  }

 private:
  net::task<std::optional<event>> next(std::optional<net::duration> limit) {
    if (!limit) {
      auto e = co_await client_->next();
      co_return std::move(e);
    }
    co_return co_await net::with_deadline(rt_, rt_.now() + *limit, client_->next());
  }

  exit_code late(std::string_view what) {
    out_.trouble("timed out waiting for " + std::string(what));
    return exit_code::timed_out;
  }

  exit_code broken(const event& e) {
    if (e.what == event::kind::error) {
      out_.frame(e.frame);
      out_.trouble("ERROR: " + std::string(e.frame.get_or("message", "")) +
                   (e.frame.body.empty() ? "" : "\n" + e.frame.body));
    } else {
      out_.trouble("the connection ended: " + e.reason);
    }
    return exit_code::failed;
  }

  exit_code refused(const std::error_code& error) {
    out_.trouble(error.message());
    return exit_code::usage;
  }

  net::task<exit_code> settled(stomp::sent sent, std::string_view what) {
    if (sent.error) co_return refused(sent.error);
    if (sent.receipt_id.empty()) co_return exit_code::done;
    auto answer = co_await net::with_deadline(rt_, rt_.now() + what_.timeout,
                                              client_->wait_receipt(sent.receipt_id));
    if (!answer) co_return late("the receipt of " + std::string(what));
    if (answer->what != event::kind::receipt) co_return broken(*answer);
    co_return exit_code::done;
  }

  net::task<exit_code> send() {
    // A receipt is always asked for: without one nobody knows whether it arrived.
    auto sent = client_->session().send(what_.destination, what_.body, what_.headers,
                                        stomp::want_receipt::yes, client_->now());
    const std::string id = sent.receipt_id;
    const exit_code code = co_await settled(std::move(sent), "SEND");
    if (code == exit_code::done && what_.receipt) out_.frame(stomp::make_receipt(id));
    co_return code;
  }

  net::task<exit_code> subscribe() {
    auto sent = client_->session().subscribe(what_.destination, what_.ack, what_.headers,
                                             stomp::want_receipt::yes, client_->now());
    const std::string id = sent.receipt_id;
    const exit_code code = co_await settled(std::move(sent), "SUBSCRIBE");
    if (code != exit_code::done) co_return code;
    if (what_.receipt) out_.frame(stomp::make_receipt(id));
    const net::time_point end = rt_.now() + what_.timeout;
    std::uint64_t seen = 0;
    while (what_.count == 0 || seen < what_.count) {
      std::optional<net::duration> limit;
      if (what_.count > 0) limit = end - rt_.now();
      auto e = co_await next(limit);
      if (!e) co_return late("message " + std::to_string(seen + 1));
      if (e->what == event::kind::receipt) continue;
      if (e->what != event::kind::message) co_return broken(*e);
      out_.frame(e->frame);
      ++seen;
      if (what_.ack == stomp::ack_mode::automatic) continue;
      const auto acked =
          client_->session().ack(e->frame, {}, stomp::want_receipt::no, client_->now());
      if (acked.error) co_return refused(acked.error);
    }
    co_return exit_code::done;
  }

  net::task<exit_code> request() {
    const std::string reply = "/temp-queue/reply";
    auto sub = client_->session().subscribe(reply, stomp::ack_mode::automatic, {},
                                            stomp::want_receipt::yes, client_->now());
    const exit_code ready = co_await settled(std::move(sub), "SUBSCRIBE");
    if (ready != exit_code::done) co_return ready;
    auto headers = what_.headers;
    headers.push_back({"reply-to", reply});
    const auto sent = client_->session().send(what_.destination, what_.body, headers,
                                              stomp::want_receipt::no, client_->now());
    if (sent.error) co_return refused(sent.error);
    auto answer = co_await next(what_.timeout);
    if (!answer) co_return late("the reply");
    if (answer->what != event::kind::message) co_return broken(*answer);
    out_.frame(answer->frame);
    co_return exit_code::done;
  }

  net::runtime& rt_;
  command what_;
  report& out_;
  std::unique_ptr<client> client_;
};

}  // namespace

net::task<exit_code> run_command(net::runtime& rt, url to, options chosen, command what,
                                 report& out) {
  conversation talk(rt, std::move(what), out);
  co_return co_await talk.run(std::move(to), std::move(chosen));
}

}  // namespace stomp_client
