// Peers that speak octets: a server that keeps what it gets, and clients that say something and
// read to the end.
#pragma once

#include "harness/cpp/simulated.hpp"
#include "net/tls.hpp"
#include "world.hpp"

namespace component {

struct raw_server_options {
  std::string at_once{};    // to each connection, in front of everything
  std::string answer{};     // to each connection
  std::size_t wanted = 1;   // answers once it got this many octets
  bool to_the_end = false;  // answers behind the client's end
  bool stays = false;       // does not end behind its answer
  bool resets = false;      // instead of ending
  std::shared_ptr<const net::tls_context> tls{};
};

class raw_server {
 public:
  raw_server(net::simulation& sim, std::uint16_t port, raw_server_options how)
      : sim_(sim),
        listener_(std::move(*sim.listen({"", port}))),
        how_(std::move(how)),
        group_(sim) {
    group_.spawn(accept(*this));
  }
  std::string got;
  unsigned connections = 0;
  bool saw_end = false;   // in order
  bool saw_loss = false;  // not in order

 private:
  static net::task<void> accept(raw_server& self) {
    while (true) {
      auto accepted = co_await self.listener_->accept();
      if (!accepted) co_return;
      ++self.connections;
      self.group_.spawn(serve(self, std::move(*accepted)));
    }
  }
  static net::task<bool> read(raw_server& self, net::stream& from) {
    std::string into(65536, '\0');
    auto some = co_await net::read_some(from, into);
    if (some) {
      self.got.append(into.data(), *some);
      co_return true;
    }
    const bool in_order = some.error() == net::errc::end_of_stream;
    (in_order ? self.saw_end : self.saw_loss) = true;
    co_return false;
  }
  static net::task<void> serve(raw_server& self, std::unique_ptr<net::stream> connection) {
    if (self.how_.tls) {
      auto secured = co_await net::tls_accept(self.sim_, std::move(connection), self.how_.tls);
      if (!secured) co_return;
      connection = std::move(*secured);
    }
    co_await net::write_all(*connection, self.how_.at_once);
    bool open = true;
    while (open && (self.how_.to_the_end || self.got.size() < self.how_.wanted))
      open = co_await read(self, *connection);
    co_await net::write_all(*connection, self.how_.answer);
    if (self.how_.resets) {
      connection->reset();
      co_return;
    }
    if (!self.how_.stays) connection->shutdown_write();
    while (open) open = co_await read(self, *connection);
    connection->shutdown_write();
  }

  net::simulation& sim_;
  std::unique_ptr<net::listener> listener_;
  raw_server_options how_;
  net::task_group group_;
};

struct raw_client_options {
  std::size_t piece = 0;  // octets at a time, each after everything else that can happen; 0: all
  bool ends = false;      // FIN behind its octets
};

// Says `octets` at `port` and reads to the end.
inline std::string talk(world& w, std::uint16_t port, std::string octets,
                        raw_client_options how = {}) {
  auto send = [](net::simulation& sim, net::stream& to, std::string all,
                 raw_client_options options) -> net::task<void> {
    const std::size_t step = options.piece ? options.piece : all.size();
    for (std::size_t at = 0; at < all.size(); at += step) {
      if (co_await net::write_all(to, std::string_view(all).substr(at, step))) co_return;
      if (options.piece) co_await net::wait_until(sim, sim.now() + std::chrono::milliseconds(1));
    }
    if (options.ends) to.shutdown_write();
  };
  auto call = [](net::simulation& sim, std::uint16_t to, std::string all,
                 raw_client_options options, auto sender) -> net::task<std::string> {
    auto connection = co_await sim.connect("localhost", to);
    if (!connection) co_return "no connection";
    net::task_group group(sim);
    group.spawn(sender(sim, **connection, std::move(all), options));
    co_return co_await harness::read_to_end(**connection);
  };
  return w.run(call(w.sim, port, std::move(octets), how, send));
}

// The same envelope as in files.
inline std::string proxies_file(const std::string& proxies, const std::string& beside = {}) {
  return "<spring:beans xmlns='http://membrane-soa.org/proxies/1/' "
         "xmlns:spring='http://www.springframework.org/schema/beans'>" +
         beside + "<router>" + proxies + "</router></spring:beans>";
}

}  // namespace component
