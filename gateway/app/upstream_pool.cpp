#include "gateway/app/upstream_pool.hpp"

#include <algorithm>
#include <array>

namespace gateway {

namespace {

// Nothing came: neither octets nor the end. TLS may have read records of its own meanwhile.
bool is_quiet(net::stream& connection) {
  std::array<char, 1> octet;
  return connection.try_read(octet).error == net::errc::would_block;
}

}  // namespace

std::unique_ptr<net::stream> upstream_pool::take(const upstream_target& to) {
  const auto of = lists_.find(to);
  if (of == lists_.end()) return nullptr;
  std::unique_ptr<net::stream> found;
  while (!found && !of->second.empty()) {
    found = std::move(of->second.back().connection);
    of->second.pop_back();
    --size_;
    found->cancel_wait(net::direction::read);
    // Its end may be here already without our having been told.
    if (!is_quiet(*found)) found.reset();
  }
  if (of->second.empty()) lists_.erase(of);
  return found;
}

void upstream_pool::put(const upstream_target& to, std::unique_ptr<net::stream> connection,
                        net::duration idle) {
  if (stopped_ || idle <= net::duration::zero() || !is_quiet(*connection)) return;
  const auto of = lists_.try_emplace(to).first;
  if (of->second.size() >= limits_.per_target) {
    of->second.pop_front();
    --size_;
  }
  of->second.push_back({std::move(connection), rt_.make_timer(), ++last_number_});
  ++size_;
  const auto which = std::prev(of->second.end());
  which->expiry->start(rt_.now() + idle, [this, of, which] {
    which->connection->shutdown_write();
    drop(of, which);
  });
  watch(of, which);
  if (size_ > limits_.all) drop_oldest();
}

void upstream_pool::watch(all_lists::iterator of, idle_list::iterator which) {
  which->connection->wait(net::direction::read, [this, of, which] {
    if (is_quiet(*which->connection)) {
      watch(of, which);
    } else {
      drop(of, which);
    }
  });
}

void upstream_pool::drop(all_lists::iterator of, idle_list::iterator which) noexcept {
  // The connection dies last: we may be inside a call of its own or of the timer.
  const idle_connection gone = std::move(*which);
  of->second.erase(which);
  --size_;
  if (of->second.empty()) lists_.erase(of);
}

void upstream_pool::drop_oldest() noexcept {
  const auto of = std::min_element(lists_.begin(), lists_.end(), [](const auto& a, const auto& b) {
    return a.second.front().number < b.second.front().number;
  });
  drop(of, of->second.begin());
}

void upstream_pool::close_all() noexcept {
  lists_.clear();
  size_ = 0;
}

void upstream_pool::stop() noexcept {
  stopped_ = true;
  close_all();
}

}  // namespace gateway
