#include "gateway/core/rate_window.hpp"

#include <algorithm>

namespace gateway {

namespace {

constexpr int groups_in_a_window = 16;

}  // namespace

std::size_t rate_window::groups() const noexcept {
  std::size_t sum = others_.groups.size();
  for (const auto& [key, of] : keys_) sum += of.passed.groups.size();
  return sum;
}

rate_verdict rate_window::ask(std::string_view key, net::time_point now) {
  // Clocks of several threads may differ by a hair.
  latest_ = std::max(latest_, now);
  forget(latest_);
  if (entry* own = find_or_add(key)) {
    const rate_verdict verdict = count(own->passed, latest_);
    if (verdict.passes) by_age_.splice(by_age_.end(), by_age_, own->place);
    return verdict;
  }
  rate_verdict verdict = count(others_, latest_);
  verdict.shared = true;
  return verdict;
}

// Each key is looked at once for each time that it was added or passed.
void rate_window::forget(net::time_point now) {
  while (!by_age_.empty()) {
    const auto oldest = keys_.find(*by_age_.front());
    if (now - oldest->second.passed.groups.back().last < limits_.window) return;
    by_age_.pop_front();
    keys_.erase(oldest);
  }
}

// Null when there is no room. A new window gets its first request at once: none is empty.
rate_window::entry* rate_window::find_or_add(std::string_view key) {
  const auto found = keys_.find(key);
  if (found != keys_.end()) return &found->second;
  if (keys_.size() >= limits_.most_keys) return nullptr;
  const auto added = keys_.emplace(std::string(key), entry{}).first;
  added->second.place = by_age_.insert(by_age_.end(), &added->first);
  return &added->second;
}

rate_verdict rate_window::count(window& w, net::time_point now) const {
  const auto is_old = [&](const group& g) { return now - g.last >= limits_.window; };
  const auto live = std::find_if_not(w.groups.begin(), w.groups.end(), is_old);
  for (auto old = w.groups.begin(); old != live; ++old) w.count -= old->count;
  w.groups.erase(w.groups.begin(), live);
  if (w.count >= limits_.requests) return {false, limits_.window - (now - w.groups.front().last)};
  ++w.count;
  if (w.groups.empty() || now - w.groups.back().first >= limits_.window / groups_in_a_window)
    w.groups.push_back({now, now, 0});
  w.groups.back().last = now;
  ++w.groups.back().count;
  return {true};
}

}  // namespace gateway
