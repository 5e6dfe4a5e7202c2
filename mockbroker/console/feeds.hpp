// The console's lists for programs: XML, RSS and Atom (facts: ActiveMQ 5.4).
#pragma once

#include <optional>
#include <string_view>

#include "mockbroker/console/view.hpp"

namespace mockbroker {

// "queues.jsp", "topics.jsp" or "subscribers.jsp" behind /admin/xml/. Nothing: no such list.
std::optional<net::http_response> xml_list(const view& v, std::string_view name);
// The messages of a queue, behind /admin/queueBrowse/: `view`, `feedType`, `msgId`,
// `maxMessages` and `selector` say which and how. A view that is not known is an error 500.
net::http_response queue_browse(const view& v, const std::string& queue);

}  // namespace mockbroker
