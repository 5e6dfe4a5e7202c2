// Spreads exchanges and tunnels over the nodes of a <balancer>. Pure; shared by all workers, and
// its counts go on across reloads. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/core/target_choice.hpp"

namespace gateway {

// What was said of a node from outside (Membrane: <clusterNotification>).
enum class node_status {
  up,
  takeout,  // sessions that are there stay, nothing else comes
  down,     // nothing comes
};
std::string_view to_string(node_status status) noexcept;

// What is known of a node. Of its host and port, whatever configuration names it.
struct node_state {
  std::atomic<node_status> status{node_status::up};
  std::atomic<bool> healthy{true};  // as <balancerHealthMonitor> found it
  // When its last call failed: nothing comes before this time, and then one call that tries.
  // not_failing otherwise.
  static constexpr net::time_point not_failing = net::time_point::min();
  std::atomic<net::time_point> suspended_until{not_failing};
  std::atomic<std::size_t> connections{0};  // exchanges and tunnels under way
  std::atomic<std::uint64_t> answers{0};
  std::atomic<std::uint64_t> errors{0};  // answers of 5xx, and calls without an answer
};

struct balancer_node {
  std::string cluster;
  destination to;
  std::int64_t priority = 10;           // the lowest number goes first
  std::optional<destination> health;    // where <balancerHealthMonitor> asks; nothing: connects
  bool announced = false;               // by a notification, not by the file
  std::shared_ptr<node_state> state{};  // never null in a balancer
};

// Whether new exchanges may go there now.
bool is_available(const node_state& node, net::time_point now) noexcept;

enum class balancing_strategy {
  round_robin,
  priority,    // of those that can serve, the ones with the lowest number, in turn
  by_threads,  // in turn, but those with enough connections are busy
};

struct balancer_settings {
  std::string name = "Default";
  bool is_named = false;              // the name stands in the file
  std::vector<std::string> clusters;  // a later one serves when no node of those before can
  std::vector<balancer_node> nodes;
  balancing_strategy strategy = balancing_strategy::round_robin;
  std::size_t connections_per_node = 5;  // by_threads
  // How long a session that is not used is known; zero: until there are too many.
  net::duration session_timeout = std::chrono::hours(1);
};

class balancer : public std::enable_shared_from_this<balancer> {
 public:
  // Nothing comes to a node for so long after it failed.
  static constexpr net::duration suspension = std::chrono::seconds(10);
  static constexpr std::size_t most_sessions = 100'000;  // beyond, the least used is forgotten
  static constexpr std::size_t longest_session = 256;    // octets; longer ids are none
  static constexpr std::size_t most_nodes = 1000;
  static constexpr std::size_t most_tries = 10;  // nodes of one exchange

  explicit balancer(balancer_settings settings);

  struct selection {
    std::shared_ptr<target_choice> choice;  // null: there is none
    bool busy = false;                      // because all that could serve have enough
  };
  // A node for an exchange. Those that can serve go first, then those that failed lately: better a
  // try than no service. With a `session` its node, as long as that can serve, also when it is busy
  // and others are not; empty: none.
  selection choose(std::string_view session, net::time_point now);
  // From now on `session` goes to the node of `choice`, if that is of this balancer.
  void remember(std::string_view session, const target_choice& choice, net::time_point now);

  // Of a node by its host (without case) and port; "up" makes one that is not known. False: the
  // cluster or the node is not known, or there are too many.
  bool set_status(std::string_view cluster, std::string_view host, std::uint16_t port,
                  node_status status);
  // Takes over what `before` knows: states of nodes, announced nodes, sessions. Before use.
  void adopt(balancer& before);

  const std::string& name() const noexcept { return settings_.name; }
  const balancer_settings& settings() const noexcept { return settings_; }  // but the nodes
  std::vector<balancer_node> nodes() const;
  std::size_t sessions() const;

 private:
  class node_choice;
  struct session_entry {
    std::string id;
    std::shared_ptr<node_state> node;
    net::time_point used;
  };
  using session_list = std::list<session_entry>;  // the least used first

  const balancer_node* node_of(std::string_view session, net::time_point now);
  const balancer_node* pick(const std::vector<const node_state*>& tried, net::time_point now,
                            bool& busy);
  bool is_busy(const balancer_node& n) const;
  std::size_t rank_of_cluster(const balancer_node& n) const;
  void link(std::string_view session, std::shared_ptr<node_state> node, net::time_point now);

  balancer_settings settings_;  // its nodes are guarded
  mutable std::mutex guard_;
  std::uint64_t turn_ = 0;
  session_list sessions_;
  std::map<std::string_view, session_list::iterator> by_id_;
};

// The balancers of a configuration, in the file's order.
using balancer_list = std::vector<std::shared_ptr<balancer>>;

// The first one of that name, or null.
balancer* find_balancer(const balancer_list& all, std::string_view name);
// Each takes over what the one of its name knows.
void adopt_balancers(const balancer_list& next, const balancer_list& before);

}  // namespace gateway
