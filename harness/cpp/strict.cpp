// What a strict stage fails for: all that happened and that the test did not ask for.
#include <algorithm>
#include <set>

#include "harness/cpp/stage.hpp"
#include "mockbroker/broker/destination_pattern.hpp"

namespace harness {

namespace {

using event_kind = stomp_client::event::kind;
using unit_kind = mockbroker::wire_unit::kind;

// "/queue/a.b" as "/queue/" and "a.b".
std::pair<std::string_view, std::string_view> parts_of(std::string_view destination) {
  const auto slash = destination.find('/', 1);
  if (slash == std::string_view::npos) return {{}, destination};
  return {destination.substr(0, slash + 1), destination.substr(slash + 1)};
}

bool covers(std::string_view subscribed, std::string_view destination) {
  const auto [kind, pattern] = parts_of(subscribed);
  const auto [wanted, name] = parts_of(destination);
  return kind == wanted && mockbroker::matches_pattern(pattern, name);
}

// A destination that is one client's own, or several in one.
bool is_special(std::string_view destination) {
  return destination.find("temp-") != std::string_view::npos ||
         destination.find(',') != std::string_view::npos;
}

bool is_frame(const journal_entry& e, std::string_view command) {
  return mockbroker::reached(e) && e.unit.what == unit_kind::frame &&
         e.unit.frame.command == command;
}

}  // namespace

void stage::collect_events() {
  try {
    settle();
  } catch (const not_happened&) {
    // A connection that does not answer any more has nothing that we wait for.
  }
  world_->call([this] {
    for (const auto& each : clients_) {
      while (each->connection_) {
        auto e = net::at_once(world_->runtime(), each->connection_->next());
        if (!e) break;
        each->events_.push_back(*e);
        if (e->what == event_kind::closed) break;
      }
    }
  });
}

std::vector<std::string> stage::unexpected() {
  std::vector<std::string> out;
  collect_events();
  for (const auto& each : clients_) {
    for (const auto& e : each->events_) {
      const bool is_message = e.what == event_kind::message;
      if (!is_message && e.what != event_kind::error) continue;
      out.push_back("strict: client " + std::to_string(each->number()) + " got what the test " +
                    (is_message ? "never took: " : "did not expect: ") + to_text(e));
    }
  }
  const auto all = journal();
  for (const auto& text : connections_nobody_asked_for(all)) out.push_back("strict: " + text);
  std::set<std::string> wanted = looked_;
  for (const auto& e : all) {
    if (is_at_broker(e.leg) && is_frame(e, "SUBSCRIBE")) {
      wanted.insert(std::string(e.unit.frame.get_or("destination", {})));
    }
  }
  for (const auto& e : all) {
    if (!is_at_broker(e.leg) || !is_frame(e, "SEND")) continue;
    const std::string to(e.unit.frame.get_or("destination", {}));
    const bool has_reader = std::any_of(wanted.begin(), wanted.end(),
                                        [&](const auto& each) { return covers(each, to); });
    if (has_reader || is_special(to)) continue;
    out.push_back("strict: nobody subscribed to '" + to + "': " + mockbroker::line_of(e));
  }
  return out;
}

std::vector<std::string> stage::connections_nobody_asked_for(
    const std::vector<journal_entry>& all) {
  std::vector<std::string> out;
  std::size_t through = 0;  // connections that a gateway may open for its clients
  std::size_t expected = expected_;
  if (broker_leg() != client_leg()) through = asked_[client_leg()].size() + expected_;
  for (const auto& e : all) {
    if (e.what != journal_entry::event::opened || asked_[e.leg].contains(e.connection)) continue;
    if (is_at_broker(e.leg) && through > 0) {
      --through;
      continue;
    }
    if (e.leg == client_leg() && expected > 0) {
      --expected;
      continue;
    }
    out.push_back("nobody asked for a connection: " + e.leg + ' ' + mockbroker::line_of(e));
  }
  return out;
}

}  // namespace harness
