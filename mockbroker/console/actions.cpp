#include "mockbroker/console/actions.hpp"

#include <algorithm>

namespace mockbroker::web {
namespace {

action_result done(std::string location) { return {std::move(location), {}}; }
action_result refused(std::string_view why) { return {{}, std::string(why)}; }

// Done unless the outcome is another than these.
action_result check(outcome o, std::initializer_list<outcome> good, std::string location) {
  if (std::ranges::find(good, o) == good.end()) return refused(to_string(o));
  return done(std::move(location));
}

bool has_destination(const visit& v) { return !v.given.joined("JMSDestination").empty(); }
constexpr std::string_view no_destination = "JMSDestination is missing.";

std::string browse_location(const visit& v) {
  return url("browse.jsp", {{"JMSDestination", v.given.joined("JMSDestination")}});
}

action_result create_destination(const visit& v) {
  if (!has_destination(v)) return refused(no_destination);
  const destination_name name = given_destination(v);
  return check(v.shown.create_destination(name, v.rt.now()),
               {outcome::done, outcome::already_there}, list_of(name));
}

action_result delete_destination(const visit& v) {
  if (!has_destination(v)) return refused(no_destination);
  const destination_name name = given_destination(v);
  return check(v.shown.remove_destination(name, v.rt.now()), {outcome::done, outcome::not_found},
               list_of(name));
}

action_result purge_destination(const visit& v) {
  const destination_name name = given_destination(v);
  if (name.kind == destination_kind::topic) return refused("A topic keeps no messages.");
  if (!has_destination(v)) return refused(no_destination);
  return check(v.shown.purge(name, v.rt.now()), {outcome::done, outcome::not_found}, "queues.jsp");
}

action_result pause(const visit& v, bool paused) {
  const destination_name queue = v.queue(v.given.joined("JMSDestination"));
  return check(v.shown.pause(queue, paused, v.rt.now()), {outcome::done}, "queues.jsp");
}
action_result pause_destination(const visit& v) { return pause(v, true); }
action_result resume_destination(const visit& v) { return pause(v, false); }

// A message that is gone is no error for these three.
action_result delete_message(const visit& v) {
  v.shown.remove_message(given_destination(v), v.given.joined("messageId"), v.rt.now());
  return done(browse_location(v));
}

action_result copy_message(const visit& v) {
  const auto to = v.queue(v.given.joined("destination"));
  return check(
      v.shown.copy_message(given_destination(v), v.given.joined("messageId"), to, v.rt.now()),
      {outcome::done, outcome::not_found}, browse_location(v));
}

action_result move_message(const visit& v) {
  const auto to = v.queue(v.given.joined("destination"));
  return check(
      v.shown.move_message(given_destination(v), v.given.joined("messageId"), to, v.rt.now()),
      {outcome::done, outcome::not_found}, browse_location(v));
}

action_result retry_message(const visit& v) {
  return check(v.shown.retry_message(given_destination(v), v.given.joined("messageId"), v.rt.now()),
               {outcome::done}, browse_location(v));
}

action_result create_subscriber(const visit& v) {
  if (!has_destination(v)) return refused(no_destination);
  const auto topic = v.topic(v.given.joined("JMSDestination"));
  return check(v.shown.create_durable(v.given.joined("clientId"), v.given.joined("subscriberName"),
                                      topic.name, v.given.joined("selector"), v.rt.now()),
               {outcome::done, outcome::already_there}, "subscribers.jsp");
}

action_result delete_subscriber(const visit& v) {
  return check(v.shown.remove_durable(v.given.joined("clientId"), v.given.joined("subscriberName"),
                                      v.rt.now()),
               {outcome::done}, "subscribers.jsp");
}

action_result delete_job(const visit&) { return refused("Scheduler not started!"); }

constexpr action_entry actions[] = {
    {"createDestination.action", false, create_destination},
    {"deleteDestination.action", true, delete_destination},
    {"purgeDestination.action", true, purge_destination},
    {"pauseDestination.action", true, pause_destination},
    {"resumeDestination.action", true, resume_destination},
    {"sendMessage.action", false, send_message},
    {"deleteMessage.action", true, delete_message},
    {"copyMessage.action", true, copy_message},
    {"moveMessage.action", true, move_message},
    {"retryMessage.action", true, retry_message},
    {"createSubscriber.action", false, create_subscriber},
    {"deleteSubscriber.action", true, delete_subscriber},
    {"deleteJob.action", true, delete_job},
};

}  // namespace

const action_entry* find_action(std::string_view name) noexcept {
  const auto* found = std::ranges::find(actions, name, &action_entry::name);
  return found == std::end(actions) ? nullptr : found;
}

destination_name given_destination(const visit& v) {
  const bool topic = net::iequals(v.given.joined("JMSDestinationType"), "topic");
  return v.named(topic ? destination_kind::topic : destination_kind::queue,
                 v.given.joined("JMSDestination"));
}

std::string list_of(const destination_name& d) {
  return d.kind == destination_kind::topic ? "topics.jsp" : "queues.jsp";
}

}  // namespace mockbroker::web
