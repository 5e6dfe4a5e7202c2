#include "mockbroker/console/actions.hpp"

#include <algorithm>

namespace mockbroker {
namespace {

// A destination that is not there is as good as one that was deleted or purged.
action_result unless_there(outcome done, std::string next) {
  return result_of(done == outcome::not_found ? outcome::done : done, std::move(next));
}

std::string browse_of(const view& v) {
  return url("browse.jsp", {{"JMSDestination", v.get("JMSDestination")}});
}

destination_name queue_of(const view& v, std::string_view field = "JMSDestination") {
  return v.named(destination_kind::queue, v.get(field));
}

action_result create_destination(const view& v) {
  const outcome made = v.shown.create_destination(v.target());
  return result_of(made == outcome::already_there ? outcome::done : made, list_of(v));
}

action_result delete_destination(const view& v) {
  return unless_there(v.shown.remove_destination(v.target(), v.now()), list_of(v));
}

action_result purge_destination(const view& v) {
  if (v.target().kind == destination_kind::topic) return {{}, "A topic keeps no messages."};
  return unless_there(v.shown.purge(v.target(), v.now()), "queues.jsp");
}

action_result pause_destination(const view& v) {
  return result_of(v.shown.pause(queue_of(v), true, v.now()), "queues.jsp");
}

action_result resume_destination(const view& v) {
  return result_of(v.shown.pause(queue_of(v), false, v.now()), "queues.jsp");
}

action_result delete_message(const view& v) {
  return result_of(v.shown.remove_message(queue_of(v), v.get("messageId"), v.now()), browse_of(v));
}

action_result copy_message(const view& v) {
  return result_of(
      v.shown.copy_message(queue_of(v), v.get("messageId"), queue_of(v, "destination"), v.now()),
      browse_of(v));
}

action_result move_message(const view& v) {
  return result_of(
      v.shown.move_message(queue_of(v), v.get("messageId"), queue_of(v, "destination"), v.now()),
      browse_of(v));
}

action_result retry_message(const view& v) {
  return result_of(v.shown.retry_message(queue_of(v), v.get("messageId"), v.now()), browse_of(v));
}

action_result create_subscriber(const view& v) {
  const std::string topic = v.get("JMSDestination");
  const std::string client = v.get("clientId");
  const std::string name = v.get("subscriberName");
  if (topic.empty() || client.empty() || name.empty()) {
    return {{}, "A durable subscriber needs a client ID, a name and a topic."};
  }
  const outcome made = v.shown.create_durable(
      client, name, v.named(destination_kind::topic, topic).name, v.get("selector"));
  return result_of(made == outcome::already_there ? outcome::done : made, "subscribers.jsp");
}

action_result delete_subscriber(const view& v) {
  return result_of(v.shown.remove_durable(v.get("clientId"), v.get("subscriberName")),
                   "subscribers.jsp");
}

// No scheduler, so no job (a stock configuration fails as well).
action_result delete_job(const view&) { return {{}, "The scheduler is not started."}; }

constexpr action_entry all[] = {
    {"createDestination", true, create_destination},
    {"deleteDestination", false, delete_destination},
    {"purgeDestination", false, purge_destination},
    {"pauseDestination", false, pause_destination},
    {"resumeDestination", false, resume_destination},
    {"sendMessage", true, send_message},
    {"deleteMessage", false, delete_message},
    {"copyMessage", false, copy_message},
    {"moveMessage", false, move_message},
    {"retryMessage", false, retry_message},
    {"createSubscriber", true, create_subscriber},
    {"deleteSubscriber", false, delete_subscriber},
    {"deleteJob", false, delete_job},
};

}  // namespace

const action_entry* find_action(std::string_view name) {
  const auto* found = std::ranges::find(all, name, &action_entry::name);
  return found == std::end(all) ? nullptr : found;
}

action_result result_of(outcome done, std::string next) {
  if (done == outcome::done) return {std::move(next), {}};
  return {{}, std::string(to_string(done))};
}

std::string list_of(const view& v) {
  return v.target().kind == destination_kind::topic ? "topics.jsp" : "queues.jsp";
}

}  // namespace mockbroker
