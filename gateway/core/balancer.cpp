#include "gateway/core/balancer.hpp"

#include <algorithm>
#include <tuple>

#include "net/http_types.hpp"

namespace gateway {

namespace {

bool is_same(const balancer_node& n, std::string_view host, std::uint16_t port) {
  return n.to.port == port && net::iequals(n.to.host, host);
}

// Whether what is there already may stay.
bool keeps_sessions(const node_state& n, net::time_point now) {
  return n.status != node_status::down && n.healthy && n.suspended_until.load() <= now;
}

}  // namespace

std::string_view to_string(node_status status) noexcept {
  switch (status) {
    case node_status::up:
      return "UP";
    case node_status::takeout:
      return "TAKEOUT";
    case node_status::down:
      return "DOWN";
  }
  return "";
}

bool is_available(const node_state& node, net::time_point now) noexcept {
  return node.status == node_status::up && node.healthy && node.suspended_until.load() <= now;
}

// Counts as a connection of its node.
class balancer::node_choice final : public target_choice {
 public:
  node_choice(std::shared_ptr<balancer> of, const balancer_node& first) : of_(std::move(of)) {
    enter(first);
  }
  node_choice(const node_choice&) = delete;
  node_choice& operator=(const node_choice&) = delete;
  ~node_choice() override { --node_->connections; }

  const destination& current() const override { return to_; }
  void answered(int status) override {
    ++node_->answers;
    if (status >= 500) ++node_->errors;
    node_->suspended_until = node_state::not_failing;
  }
  void unanswered() override { ++node_->errors; }
  void failed(net::time_point now) override {
    ++node_->errors;
    node_->suspended_until = now + suspension;
  }
  bool next(net::time_point now) override {
    if (tried_.size() >= most_tries) return false;
    const std::lock_guard lock(of_->guard_);
    bool busy = false;
    const balancer_node* other = of_->pick(tried_, now, busy);
    if (!other) return false;
    --node_->connections;
    enter(*other);
    return true;
  }
  bool is_of(const balancer* b) const { return of_.get() == b; }
  const std::shared_ptr<node_state>& node() const { return node_; }

 private:
  void enter(const balancer_node& n) {
    node_ = n.state;
    to_ = n.to;
    tried_.push_back(node_.get());
    ++node_->connections;
  }

  std::shared_ptr<balancer> of_;
  std::shared_ptr<node_state> node_;
  destination to_;
  std::vector<const node_state*> tried_;
};

balancer::balancer(balancer_settings settings) : settings_(std::move(settings)) {
  for (balancer_node& n : settings_.nodes) n.state = std::make_shared<node_state>();
}

balancer::selection balancer::choose(std::string_view session, net::time_point now) {
  const std::lock_guard lock(guard_);
  selection made;
  const balancer_node* found = node_of(session, now);
  made.busy = found && is_busy(*found);
  if (made.busy) return made;
  if (!found) {
    found = pick({}, now, made.busy);
    if (!found) return made;
    link(session, found->state, now);
  }
  made.choice = std::make_shared<node_choice>(shared_from_this(), *found);
  return made;
}

void balancer::remember(std::string_view session, const target_choice& choice,
                        net::time_point now) {
  const auto* mine = dynamic_cast<const node_choice*>(&choice);
  if (!mine || !mine->is_of(this)) return;
  const std::lock_guard lock(guard_);
  link(session, mine->node(), now);
}

// The node that the session is at, when that can still serve it.
const balancer_node* balancer::node_of(std::string_view session, net::time_point now) {
  const auto found = by_id_.find(session);
  if (found == by_id_.end()) return nullptr;
  session_entry& entry = *found->second;
  const bool expired = settings_.session_timeout > net::duration::zero() &&
                       entry.used + settings_.session_timeout <= now;
  if (expired || !keeps_sessions(*entry.node, now)) return nullptr;
  for (const balancer_node& n : settings_.nodes) {
    if (n.state != entry.node) continue;
    entry.used = now;
    sessions_.splice(sessions_.end(), sessions_, found->second);
    return &n;
  }
  return nullptr;
}

bool balancer::is_busy(const balancer_node& n) const {
  return settings_.strategy == balancing_strategy::by_threads &&
         n.state->connections >= settings_.connections_per_node;
}

std::size_t balancer::rank_of_cluster(const balancer_node& n) const {
  const auto& all = settings_.clusters;
  return static_cast<std::size_t>(std::find(all.begin(), all.end(), n.cluster) - all.begin());
}

// The node whose turn it is, of those that are not in `tried`.
const balancer_node* balancer::pick(const std::vector<const node_state*>& tried,
                                    net::time_point now, bool& busy) {
  const auto rank = [this](const balancer_node& n) {
    const bool by_priority = settings_.strategy == balancing_strategy::priority;
    return std::tuple(rank_of_cluster(n), by_priority ? n.priority : 0);
  };
  std::vector<const balancer_node*> best;
  const balancer_node* suspended = nullptr;  // the one that failed first
  for (const balancer_node& n : settings_.nodes) {
    if (std::find(tried.begin(), tried.end(), n.state.get()) != tried.end()) continue;
    if (!is_available(*n.state, now)) {
      const bool may = n.state->status == node_status::up && n.state->healthy && !is_busy(n);
      if (may && (!suspended ||
                  n.state->suspended_until.load() < suspended->state->suspended_until.load()))
        suspended = &n;
      continue;
    }
    if (is_busy(n)) {
      busy = true;
      continue;
    }
    if (!best.empty() && rank(n) < rank(*best.front())) best.clear();
    if (best.empty() || rank(n) == rank(*best.front())) best.push_back(&n);
  }
  if (best.empty()) return busy ? nullptr : suspended;
  const balancer_node* chosen = best[turn_++ % best.size()];
  // One call tries whether it is back; the others wait for what comes of it.
  auto& suspended_until = chosen->state->suspended_until;
  if (suspended_until.load() != node_state::not_failing) suspended_until = now + suspension;
  return chosen;
}

void balancer::link(std::string_view session, std::shared_ptr<node_state> node,
                    net::time_point now) {
  if (session.empty() || session.size() > longest_session) return;
  const auto known = by_id_.find(session);
  if (known != by_id_.end()) {
    known->second->node = std::move(node);
    known->second->used = now;
    sessions_.splice(sessions_.end(), sessions_, known->second);
    return;
  }
  sessions_.push_back({std::string(session), std::move(node), now});
  by_id_.emplace(sessions_.back().id, std::prev(sessions_.end()));
  const bool expired = settings_.session_timeout > net::duration::zero() &&
                       sessions_.front().used + settings_.session_timeout <= now;
  if (!expired && sessions_.size() <= most_sessions) return;
  by_id_.erase(sessions_.front().id);
  sessions_.pop_front();
}

bool balancer::set_status(std::string_view cluster, std::string_view host, std::uint16_t port,
                          node_status status) {
  const std::lock_guard lock(guard_);
  auto& nodes = settings_.nodes;
  const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const balancer_node& n) {
    return n.cluster == cluster && is_same(n, host, port);
  });
  if (found != nodes.end()) {
    found->state->status = status;
    if (status == node_status::up) found->state->suspended_until = node_state::not_failing;
    return true;
  }
  const auto& clusters = settings_.clusters;
  if (status != node_status::up || nodes.size() >= most_nodes ||
      std::find(clusters.begin(), clusters.end(), cluster) == clusters.end())
    return false;
  balancer_node added;
  added.cluster = cluster;
  added.to.host = host;
  added.to.port = port;
  added.announced = true;
  added.state = std::make_shared<node_state>();
  nodes.push_back(std::move(added));
  return true;
}

void balancer::adopt(balancer& before) {
  if (this == &before) return;
  const std::scoped_lock lock(guard_, before.guard_);
  for (const balancer_node& old : before.settings_.nodes) {
    auto& nodes = settings_.nodes;
    const auto same = std::find_if(nodes.begin(), nodes.end(), [&](const balancer_node& n) {
      return n.cluster == old.cluster && is_same(n, old.to.host, old.to.port);
    });
    const auto& clusters = settings_.clusters;
    if (same != nodes.end())
      same->state = old.state;
    else if (old.announced && nodes.size() < most_nodes &&
             std::find(clusters.begin(), clusters.end(), old.cluster) != clusters.end())
      nodes.push_back(old);
  }
  for (const session_entry& s : before.sessions_) link(s.id, s.node, s.used);
}

std::vector<balancer_node> balancer::nodes() const {
  const std::lock_guard lock(guard_);
  return settings_.nodes;
}

std::size_t balancer::sessions() const {
  const std::lock_guard lock(guard_);
  return sessions_.size();
}

balancer* find_balancer(const balancer_list& all, std::string_view name) {
  for (const auto& b : all)
    if (b->name() == name) return b.get();
  return nullptr;
}

void adopt_balancers(const balancer_list& next, const balancer_list& before) {
  std::vector<const balancer*> used;
  for (const auto& b : next) {
    for (const auto& old : before) {
      if (old->name() != b->name() || std::find(used.begin(), used.end(), old.get()) != used.end())
        continue;
      used.push_back(old.get());
      b->adopt(*old);
      break;
    }
  }
}

}  // namespace gateway
