#include "mockbroker/console/pages.hpp"

namespace mockbroker::web {
namespace {

constexpr page_entry pages[] = {
    {"index.jsp", "index.jsp", index_page},
    {"queues.jsp", "queues.jsp", queues_page},
    {"queueGraph.jsp", "queues.jsp", queue_graph_page},
    {"queueConsumers.jsp", "queues.jsp", queue_consumers_page},
    {"queueProducers.jsp", "queues.jsp", queue_producers_page},
    {"browse.jsp", "queues.jsp", browse_page},
    {"message.jsp", "queues.jsp", message_page},
    {"topics.jsp", "topics.jsp", topics_page},
    {"topicSubscribers.jsp", "topics.jsp", topic_subscribers_page},
    {"topicProducers.jsp", "topics.jsp", topic_producers_page},
    {"subscribers.jsp", "subscribers.jsp", subscribers_page},
    {"connections.jsp", "connections.jsp", connections_page},
    {"connection.jsp", "connections.jsp", connection_page},
    {"network.jsp", "network.jsp", network_page},
    {"scheduled.jsp", "scheduled.jsp", scheduled_page},
    {"send.jsp", "send.jsp", send_page},
    {"slave.jsp", "", slave_page},
    {"logout.jsp", "", logout_page},
};

}  // namespace

const page_entry* find_page(std::string_view path) noexcept {
  if (path.empty()) path = "index.jsp";
  for (const auto& each : pages) {
    if (each.path == path) return &each;
  }
  return nullptr;
}

}  // namespace mockbroker::web
