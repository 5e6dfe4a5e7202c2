// The connections of <sslProxy>: TLS that is passed on by the name that the client asks for.
#include "gateway/app/client_connection.hpp"
#include "gateway/app/goodbye.hpp"
#include "gateway/core/client_hello.hpp"

namespace gateway {

namespace {

net::task<net::result<client_hello_reader::answer>> read_hello(net::stream& from,
                                                               client_hello_reader& reader) {
  std::string into(4096, '\0');
  while (true) {
    auto some = co_await net::read_some(from, into);
    if (!some) co_return some.error();
    auto answer = reader.feed({into.data(), *some});
    if (answer) co_return std::move(*answer);
  }
}

// Counted in `busy` while it takes.
net::task<opened_upstream> connect_counted(net::runtime& rt, const destination& to,
                                           const upstream_limits& limits, std::uint64_t id,
                                           std::size_t& busy) {
  struct counting {
    explicit counting(std::size_t& n) : count(n) { ++count; }
    ~counting() { --count; }
    counting(const counting&) = delete;
    counting& operator=(const counting&) = delete;
    std::size_t& count;
  } under_way(busy);
  co_return co_await open_upstream(rt, to, nullptr, limits, id);
}

}  // namespace

net::task<std::string_view> worker::forward_tls(std::string listener,
                                                std::unique_ptr<net::stream> client,
                                                std::uint64_t id) {
  client_hello_reader reader;
  auto read = co_await net::within(rt_, options_.first_words, read_hello(*client, reader));
  if (!read) co_return read.error() == net::errc::timed_out ? "hello-timeout" : "lost";
  if (const auto* wrong = std::get_if<client_hello_reader::refusal>(&*read)) {
    log_.write(net::log_level::info, "tls", tag(id) + wrong->text);
    co_await say_goodbye(rt_, *client, alert_record(wrong->alert));
    co_return "malformed";
  }
  // The newest configuration counts, as with requests.
  const auto config = config_;
  const auto index = listener_named(listener);
  const std::string& name = std::get<std::string>(*read);
  const proxy* found = nullptr;
  if (index)
    found = match_server_name(*config->settings, config->settings->listeners[*index], name);
  if (!found || found->kind != proxy_kind::ssl) {
    log_.write(net::log_level::info, "tls",
               tag(id) + (name.empty() ? "a client without a name" : "nobody serves " + name));
    co_await say_goodbye(rt_, *client, alert_record(tls_alert::unrecognized_name));
    co_return "unknown-name";
  }
  ++proxy_counts_[found->index];
  const destination to = found->target->to;
  upstream_limits limits = options_.upstream;
  limits.connect = found->connect_timeout.value_or(limits.connect);
  auto opened = co_await connect_counted(rt_, to, limits, id, busy_);
  if (opened.failed) {
    note("upstream-failed");
    log_.write(net::log_level::warning, "upstream", tag(id) + opened.failed->detail);
    co_await say_goodbye(rt_, *client, alert_record(tls_alert::internal_error));
    co_return "refused";
  }
  auto parts = std::make_shared<tunnel_parts>();
  parts->protocol = "SSL";
  parts->client_first = reader.octets();
  parts->upstream = std::move(opened.connection);
  parts->server_name = std::move(opened.shown_address);
  parts->id = id;
  parts->config = config;
  parts->of = found;
  co_await run_tunnel(std::move(parts), std::move(client), std::string());
  co_return "upgraded";
}

}  // namespace gateway
