#include "mockbroker/faults/fault_engine.hpp"

#include <algorithm>
#include <utility>

namespace mockbroker {

namespace {

constexpr std::size_t most_faults = 1000;

bool same_or_empty(const std::string& wanted, const std::string& given) {
  return wanted.empty() || wanted == given;
}

// The destination a frame is about: its own, or that of its subscription.
std::string_view subject_of(const relayed_connection& c, const stomp::frame& f) {
  for (const char* name : {"subscription", "id"}) {
    const auto id = f.get(name);
    if (!id) continue;
    const auto found = c.subscriptions.find(std::string(*id));
    if (found != c.subscriptions.end()) return found->second;
  }
  return f.get_or("destination", {});
}

}  // namespace

std::optional<fault_problem> fault_engine::add(fault f, net::time_point now) {
  if (all_.size() >= most_faults) return fault_problem{"fault: there are 1000 already"};
  if (f.name.empty()) {
    const std::string kind(f.action->name);
    do {
      f.name = kind + '-' + std::to_string(++numbers_[kind]);
    } while (find(f.name) != nullptr);
  } else if (find(f.name) != nullptr) {
    return fault_problem{"fault: the name '" + f.name + "' is in use"};
  }
  auto made = std::make_unique<armed>();
  made->f = std::move(f);
  made->since = now;
  all_.push_back(std::move(made));
  return std::nullopt;
}

bool fault_engine::remove(std::string_view name) {
  return std::erase_if(all_, [&](const auto& each) { return each->f.name == name; }) != 0;
}

bool fault_engine::fire(std::string_view name) {
  for (const auto& each : all_) {
    if (each->f.name != name) continue;
    each->ordered = true;
    return true;
  }
  return false;
}

const fault_engine::armed* fault_engine::find(std::string_view name) const {
  for (const auto& each : all_) {
    if (each->f.name == name) return each.get();
  }
  return nullptr;
}

std::vector<std::string> fault_engine::unused() const {
  std::vector<std::string> names;
  for (const auto& each : all_) {
    if (each->fired == 0) names.push_back(each->f.name);
  }
  return names;
}

bool fault_engine::in_scope(const armed& a, const relayed_connection& c, way direction) const {
  const fault_scope& s = a.f.scope;
  return same_or_empty(s.leg, c.leg) && (!s.direction || *s.direction == direction) &&
         (!s.connection || *s.connection == c.number);
}

bool fault_engine::matches(const fault& f, const relayed_connection& c, const wire_unit& unit) {
  if (unit.what != f.on.kind.value_or(wire_unit::kind::frame)) return false;
  if (!same_or_empty(f.scope.login, c.login) || !same_or_empty(f.scope.path, c.path)) return false;
  if (!f.scope.subscription.empty() && subject_of(c, unit.frame) != f.scope.subscription) {
    return false;
  }
  if (!same_or_empty(f.on.command, unit.frame.command)) return false;
  for (const auto& wanted : f.on.headers) {
    const auto value = unit.frame.get(wanted.name);
    if (!value || *value != wanted.value) return false;
  }
  if (f.on.body && *f.on.body != unit.frame.body) return false;
  return !f.on.body_contains || unit.frame.body.find(*f.on.body_contains) != std::string::npos;
}

bool fault_engine::is_due(const armed& a, net::time_point now) const {
  return !a.is_spent() && now >= a.since + a.f.on.after && (!a.f.on.manual || a.ordered);
}

bool fault_engine::watches(const relayed_connection& c, way direction) const {
  if (!c.held.empty()) return true;
  return std::any_of(all_.begin(), all_.end(), [&](const auto& each) {
    return each->f.action->place == fault_action::acts_on::unit && !each->is_spent() &&
           in_scope(*each, c, direction);
  });
}

verdict fault_engine::judge(relayed_connection& c, way direction, const wire_unit& unit,
                            net::time_point now) {
  verdict out;
  for (const auto& each : all_) {
    if (each->f.action->place != fault_action::acts_on::unit) continue;
    if (!in_scope(*each, c, direction) || !matches(each->f, c, unit)) continue;
    if (!is_due(*each, now)) continue;
    if (++each->seen < each->f.on.nth) continue;
    // What began in an earlier message has gone ahead in part: it can only be followed.
    if (unit.spans) continue;
    fault_call call{each->f, unit, direction, c, now, random_, out};
    each->f.action->apply(call);
    ++each->fired;
    each->ordered = false;
    out.faults.push_back(each->f.name);
    if (out.altered || out.end.what != ending::kind::none) break;
  }
  return out;
}

verdict fault_engine::judge_opening(relayed_connection& c, net::time_point now) {
  verdict out;
  const wire_unit nothing;
  for (const auto& each : all_) {
    if (each->f.action->place != fault_action::acts_on::connection) continue;
    if (!same_or_empty(each->f.scope.leg, c.leg)) continue;
    if (each->f.scope.connection && *each->f.scope.connection != c.number) continue;
    if (!is_due(*each, now) || ++each->seen < each->f.on.nth) continue;
    fault_call call{each->f, nothing, way::to_broker, c, now, random_, out};
    each->f.action->apply(call);
    ++each->fired;
    out.faults.push_back(each->f.name);
    break;
  }
  return out;
}

std::vector<const fault*> fault_engine::streams(const relayed_connection& c, way direction,
                                                net::time_point now) const {
  std::vector<const fault*> list;
  for (const auto& each : all_) {
    if (each->f.action->place == fault_action::acts_on::stream && is_due(*each, now) &&
        in_scope(*each, c, direction)) {
      list.push_back(&each->f);
    }
  }
  return list;
}

void fault_engine::acted(const fault& f) {
  for (const auto& each : all_) {
    if (&each->f == &f) ++each->fired;
  }
}

}  // namespace mockbroker
