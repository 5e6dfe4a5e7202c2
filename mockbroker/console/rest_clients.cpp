#include "mockbroker/console/rest_clients.hpp"

#include <algorithm>
#include <utility>

namespace mockbroker {
namespace {

// Settles its message once it was written: the server asks for more only then.
class delivery_body final : public net::body_source {
 public:
  delivery_body(std::shared_ptr<rest_consumer> of, std::string text, std::uint64_t number,
                bool last)
      : of_(std::move(of)), text_(std::move(text)), number_(number), last_(last) {}
  ~delivery_body() override {
    if (of_) of_->finish(number_, false, last_);
  }

  net::task<net::result<std::string_view>> pull() override {
    if (!std::exchange(given_, true) && !text_.empty()) co_return std::string_view(text_);
    if (const auto of = std::exchange(of_, nullptr)) of->finish(number_, true, last_);
    co_return std::string_view();
  }
  std::optional<std::uint64_t> size() const override { return std::nullopt; }  // chunked

 private:
  std::shared_ptr<rest_consumer> of_;  // null: finished
  std::string text_;
  std::uint64_t number_;
  bool last_;
  bool given_ = false;
};

}  // namespace

outcome rest_consumer::open(const destination_name& from, const std::string& selector,
                            const std::string& client_id) {
  listener_options options;
  options.from = from;
  options.selector = selector;
  options.client_id = client_id;
  options.prefetch = broker_.options().kind.prefetch;
  options.arrived = [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    for (net::event* each : self->waiting_) each->set();
  };
  connection_id made = 0;
  const outcome why = broker_.open_listener(std::move(options), rt_.now(), made);
  if (why == outcome::done) listener_ = made;
  return why;
}

net::task<std::optional<taken_message>> rest_consumer::receive(net::time_point deadline) {
  const auto self = shared_from_this();
  // Taken back when the request is abandoned while it waits.
  struct place {
    place(rest_consumer& owner, net::event& mine) : at(owner), wake(mine) {
      at.waiting_.insert(&wake);
    }
    place(const place&) = delete;
    place& operator=(const place&) = delete;
    ~place() { at.waiting_.erase(&wake); }
    rest_consumer& at;
    net::event& wake;
  };
  net::event wake(rt_);
  const place here(*self, wake);
  const auto alarm = rt_.make_timer();
  alarm->start(deadline, [&wake] { wake.set(); });
  while (true) {
    auto got = broker_.take(listener_, rt_.now());
    if (got || listener_ == 0 || rt_.now() >= deadline) co_return std::move(got);
    co_await wake;
    wake.clear();
  }
}

std::unique_ptr<net::body_source> rest_consumer::body(std::string text, std::uint64_t number,
                                                      bool last) {
  return std::make_unique<delivery_body>(shared_from_this(), std::move(text), number, last);
}

void rest_consumer::finish(std::uint64_t number, bool written, bool last) {
  if (written) {
    broker_.settle(listener_, number, rt_.now());
  } else {
    broker_.give_back(listener_, number);
  }
  if (last) close();
}

void rest_consumer::close() {
  broker_.close_listener(std::exchange(listener_, 0), rt_.now());
  for (net::event* each : waiting_) each->set();
}

std::shared_ptr<rest_consumer> rest_clients::find(const std::string& name,
                                                  const std::string& client_id,
                                                  const destination_name& from,
                                                  const std::string& selector, outcome& why) {
  why = outcome::done;
  if (const auto found = clients_.find(name); found != clients_.end()) {
    client& of = found->second;
    of.used = rt_.now();
    const auto known = of.consumers.find(from);
    if (known != of.consumers.end()) return known->second;
    if (of.consumers.size() >= most_consumers) why = outcome::too_many;
  }
  auto made = std::make_shared<rest_consumer>(rt_, broker_);
  if (why == outcome::done) why = made->open(from, selector, client_id);
  if (why != outcome::done) return nullptr;
  // Only now: whom nothing was opened for is no client.
  if (!knows(name)) make_room();
  client& of = clients_[name];
  of.used = rt_.now();
  if (!std::exchange(is_timed_, true)) timer_->start(of.used + idle, [this] { sweep(); });
  return of.consumers[from] = std::move(made);
}

void rest_clients::release(const std::string& name, const destination_name& from) {
  const auto found = clients_.find(name);
  if (found != clients_.end()) found->second.consumers.erase(from);
}

void rest_clients::drop(const std::string& name) {
  const auto found = clients_.find(name);
  if (found == clients_.end()) return;
  const client gone = std::move(found->second);
  clients_.erase(found);
  for (const auto& [from, each] : gone.consumers) each->close();
}

void rest_clients::make_room() {
  if (clients_.size() < most) return;
  const auto oldest =
      std::ranges::min_element(clients_, {}, [](const auto& each) { return each.second.used; });
  drop(std::string(oldest->first));
}

void rest_clients::sweep() {
  is_timed_ = false;
  net::time_point next = net::time_point::max();
  std::vector<std::string> over;
  for (const auto& [name, each] : clients_) {
    if (rt_.now() >= each.used + idle) {
      over.push_back(name);
    } else {
      next = std::min(next, each.used + idle);
    }
  }
  for (const auto& name : over) drop(name);
  if (clients_.empty()) return;
  is_timed_ = true;
  timer_->start(next, [this] { sweep(); });
}

}  // namespace mockbroker
